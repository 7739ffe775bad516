import GRDB

/// The schema as a list of migrations: append-only, each applied once, in order, in a transaction of its own.
enum Schema {
    static let pageSize = 16384

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for part in [events, rollups, feedback, groups, reservations, audit] { try database.execute(sql: part) }
        }
        return migrator
    }

    /// Budgets' promises that no event has settled yet.
    private static let reservations = """
        CREATE TABLE reservations (id TEXT PRIMARY KEY, expires INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
        """

    /// What is counted by group, and which groups there are. A group is `known` (0) with a label of its values, or what
    /// is left of its declaration: `unknown` (1) or `overflow` (2).
    private static let groups = """
        CREATE TABLE group_declarations (
            id INTEGER PRIMARY KEY, attributes TEXT NOT NULL, score TEXT, truth TEXT
        );
        CREATE TABLE groups (
            id INTEGER PRIMARY KEY, declaration INTEGER NOT NULL, kind INTEGER NOT NULL, label TEXT,
            UNIQUE (declaration, kind, label)
        );
        CREATE TABLE group_rollups (
            hour INTEGER NOT NULL, series INTEGER NOT NULL, member INTEGER NOT NULL, counts BLOB NOT NULL,
            PRIMARY KEY (hour, series, member)
        ) WITHOUT ROWID;
        """

    /// Feedback waits with a null `seq` until its event arrives.
    private static let feedback = """
        CREATE TABLE signals (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL);
        CREATE TABLE feedback (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, event_id TEXT NOT NULL, seq INTEGER,
            time INTEGER NOT NULL, received INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
            number REAL, text TEXT, source TEXT
        );
        CREATE INDEX feedback_event ON feedback (event_id);
        """

    /// Times are microseconds since 1970-01-01T00:00Z, money is nanodollars, names are interned once.
    private static let events = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            deployment TEXT NOT NULL, environment TEXT NOT NULL, version TEXT NOT NULL,
            last_minute INTEGER,
            UNIQUE (deployment, environment, version)
        );
        CREATE TABLE attributions (
            id INTEGER PRIMARY KEY, provider TEXT, model TEXT, team TEXT, project TEXT, user TEXT, tags TEXT
        );
        CREATE TABLE categories (
            id INTEGER PRIMARY KEY, signal INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (signal, name)
        );

        CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            time INTEGER NOT NULL,
            received INTEGER NOT NULL,
            series INTEGER NOT NULL,
            attribution INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            cost INTEGER,
            session TEXT,
            signals BLOB NOT NULL,
            -- Where the payload is in the file of its day (see PayloadFiles); null when none is kept.
            block INTEGER,
            part INTEGER
        );
        CREATE INDEX events_time ON events (time);
        CREATE INDEX events_error_time ON events (time) WHERE flags & 1;
        -- The days that events are kept of: how many, and how long the payload file is.
        CREATE TABLE event_days (day INTEGER PRIMARY KEY, events INTEGER NOT NULL, bytes INTEGER NOT NULL);
        CREATE TABLE horizons (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

        -- Which ids are stored: sorted runs of fingerprints, each written once (see EventIndex).
        CREATE TABLE event_keys (
            run INTEGER NOT NULL, fingerprint INTEGER NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (run, fingerprint, seq)
        ) WITHOUT ROWID;
        CREATE TABLE event_key_filters (generation INTEGER PRIMARY KEY, bits BLOB NOT NULL);
        """

    private static let rollups = """
        CREATE TABLE rollups (cell INTEGER PRIMARY KEY, counts BLOB NOT NULL);
        CREATE TABLE spend (
            day INTEGER NOT NULL, series INTEGER NOT NULL, attribution INTEGER NOT NULL,
            events INTEGER NOT NULL, unpriced INTEGER NOT NULL,
            input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL,
            cache_write_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, cost INTEGER NOT NULL,
            PRIMARY KEY (day, series, attribution)
        ) WITHOUT ROWID;
        """

    private static let audit = """
        CREATE TABLE records (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
        CREATE TABLE tree (
            level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, position)
        ) WITHOUT ROWID;
        CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, time INTEGER NOT NULL, note TEXT NOT NULL);
        CREATE TABLE specs (digest TEXT PRIMARY KEY, spec BLOB NOT NULL) WITHOUT ROWID;
        """
}
