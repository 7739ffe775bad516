// How many rows a second this machine's disk and SQLite take when nothing else is done: no HTTP, no JSON, no check for
// duplicates, no secondary index, no rollups. The yardstick that scripts/bench holds the daemon's intake against.
//
// Usage: raw_insert FILE ROWS ROWS_PER_COMMIT PAYLOAD_BYTES     prints rows per second
//
// Pragmas and columns are those of Sources/StewardStore/Schema.swift; every commit is synced to disk.

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *database;

static void check(int status) {
    if (status == SQLITE_OK || status == SQLITE_DONE || status == SQLITE_ROW) return;
    fprintf(stderr, "raw_insert: %s\n", database ? sqlite3_errmsg(database) : sqlite3_errstr(status));
    exit(1);
}

static void execute(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL)); }

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

static uint64_t state = 42;

// SplitMix64: rows must differ, or the disk would see less work than real ones make.
static uint64_t next_random(void) {
    uint64_t mixed = state += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
}

static double now_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: raw_insert FILE ROWS ROWS_PER_COMMIT PAYLOAD_BYTES\n");
        return 2;
    }
    const long rows = atol(arguments[2]), group = atol(arguments[3]), size = atol(arguments[4]);
    if (rows < 1 || group < 1 || size < 1 || size > 1 << 20) {
        fprintf(stderr, "raw_insert: ROWS, ROWS_PER_COMMIT and PAYLOAD_BYTES must be positive numbers\n");
        return 2;
    }
    check(sqlite3_open(arguments[1], &database));
    execute("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, time INTEGER NOT NULL,"
            " received INTEGER NOT NULL, series INTEGER NOT NULL, attribution INTEGER NOT NULL,"
            " flags INTEGER NOT NULL, cost INTEGER, session TEXT, signals BLOB NOT NULL);"
            "CREATE TABLE payloads (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);");
    sqlite3_stmt *event = prepare("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?)");
    sqlite3_stmt *payload = prepare("INSERT INTO payloads VALUES (?,?)");

    unsigned char *body = malloc((size_t)size), signals[40];
    if (!body) return 1;
    for (long index = 0; index < size; index++) body[index] = (unsigned char)('a' + next_random() % 26);

    const double start = now_seconds();
    for (long row = 1; row <= rows; row++) {
        char id[64], session[32];
        const int64_t time = 1700000000000000 + row * 37;
        const int id_length = snprintf(id, sizeof id, "bench-%08x-%011lx", 42, (unsigned long)row);
        const int session_length = snprintf(session, sizeof session, "s%u", (unsigned)(next_random() % 50000));
        for (size_t index = 0; index < sizeof signals; index++) signals[index] = (unsigned char)next_random();
        for (long index = 0; index + 8 <= size; index += 64) body[index] = (unsigned char)('a' + next_random() % 26);

        if ((row - 1) % group == 0) execute("BEGIN IMMEDIATE");
        sqlite3_bind_int64(event, 1, row);
        sqlite3_bind_text(event, 2, id, id_length, SQLITE_STATIC);
        sqlite3_bind_int64(event, 3, time);
        sqlite3_bind_int64(event, 4, time + 15000);
        sqlite3_bind_int64(event, 5, (sqlite3_int64)(next_random() % 6));
        sqlite3_bind_int64(event, 6, (sqlite3_int64)(next_random() % 9));
        sqlite3_bind_int64(event, 7, 0);
        sqlite3_bind_int64(event, 8, (sqlite3_int64)(next_random() % 5000000));
        sqlite3_bind_text(event, 9, session, session_length, SQLITE_STATIC);
        sqlite3_bind_blob(event, 10, signals, sizeof signals, SQLITE_STATIC);
        check(sqlite3_step(event));
        check(sqlite3_reset(event));
        sqlite3_bind_int64(payload, 1, row);
        sqlite3_bind_blob(payload, 2, body, (int)size, SQLITE_STATIC);
        check(sqlite3_step(payload));
        check(sqlite3_reset(payload));
        if (row % group == 0 || row == rows) execute("COMMIT");
    }
    const double seconds = now_seconds() - start;
    sqlite3_finalize(event);
    sqlite3_finalize(payload);
    check(sqlite3_close(database));
    printf("%.0f\n", (double)rows / seconds);
    free(body);
    return 0;
}
