/// The bundle's instructions. Every line that is indented by four spaces is a command; together, run in order by a
/// POSIX shell in the bundle's folder, they check the whole bundle and stop at the first failure.
enum BundleReadme {
    /// Changes whenever the text changes, so that an older one is not taken for a forged one.
    static let format = "Steward audit bundle, format 1"

    static func text(checkpoint: Checkpoint, keyID: String) -> String {
        """
        \(format)

        The audit log of \(checkpoint.origin): \(checkpoint.size) entries, root hash
        \(checkpoint.root.base64), signed by the key with the ID \(keyID).

        """ + recipe
    }

    private static let recipe = #"""

        What is here
          entries.ndjson     line i+1 is entry i, the exact bytes that were hashed
          checkpoint         origin, number of entries and root hash, signed (c2sp.org/tlog-checkpoint)
          key.pub            the key that checks the signature (c2sp.org/signed-note)
          proofs/            evidence for single entries, each usable alone (c2sp.org/tlog-proof@v1)
          report.html        the entries for reading
          MANIFEST.sha256    the SHA-256 of every other file


        How to check it
        Open a shell in this folder and run the indented lines below in order; `openssl` (3.0 or newer) and
        `sha256sum` are all they need beside the usual POSIX tools. They write to a temporary folder only. If you have
        Steward, `steward audit verify .` does the same and says which entry is wrong.

            set -e
            W=$(mktemp -d)

        1. No file was changed, none is missing.

            sha256sum --check --strict --quiet MANIFEST.sha256

        2. The key. Anyone can write a bundle and sign it with a key of their own. Get the log's key from whoever runs
        it on another way than this bundle, and compare it with the one printed here, all of it: the eight digits of the
        key ID alone can be imitated. The last line checks that the ID belongs to the key: it is the first four bytes of
        SHA-256(name, line feed, 0x01, key).

            VKEY=$(cat key.pub)
            NAME=${VKEY%%+*}; REST=${VKEY#*+}; ID=${REST%%+*}; KEY=${REST#*+}
            echo "key $VKEY"
            printf %s "$KEY" | base64 -d | tail -c +2 > "$W/key.raw"
            test "$({ printf '%s\n\001' "$NAME"; cat "$W/key.raw"; } | sha256sum | cut -c 1-8)" = "$ID"

        3. The signature. It covers the checkpoint up to the blank line. The first line puts the key into the form that
        openssl reads (the twelve bytes in front say "Ed25519"); of the signature line's base64, the first four bytes
        are the key ID and the rest is the signature.

            { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat "$W/key.raw"; } > "$W/key.der"
            openssl pkey -pubin -inform DER -in "$W/key.der" -out "$W/key.pem"
            sed '/^$/,$d' checkpoint > "$W/text"
            SIGNATURE=$(NAME=$NAME awk '/^$/ { note = 1 } note && $2 == ENVIRON["NAME"] { print $3; exit }' checkpoint)
            printf %s "$SIGNATURE" | base64 -d | tail -c +5 > "$W/signature"
            openssl pkeyutl -verify -pubin -inkey "$W/key.pem" -rawin -in "$W/text" -sigfile "$W/signature"

        4. The checkpoint is of this log and of this many entries.

            test "$(sed -n 1p checkpoint)" = "$NAME"
            test "$(sed -n 2p checkpoint)" -eq "$(wc -l < entries.ndjson)"

        5. The entries are what was signed. The root hash is computed as RFC 6962 says: the hash of an entry is
        SHA-256(0x00, entry), that of two neighbours SHA-256(0x01, left, right). Entries are taken in order; whenever
        two complete subtrees of the same height stand side by side, they are joined. What remains in the end is joined
        from the right. This takes about a second for every hundred entries.

            sha256() { openssl dgst -sha256 -binary; }
            join() { { printf '\001'; cat "$1" "$2"; } | sha256 > "$W/joined"; mv "$W/joined" "$W/hash"; rm "$1"; }
            INDEX=0
            while IFS= read -r ENTRY; do
                { printf '\000'; printf %s "$ENTRY"; } | sha256 > "$W/hash"
                REST=$INDEX; LEVEL=0
                while [ $((REST % 2)) -eq 1 ]; do
                    join "$W/level.$LEVEL" "$W/hash"
                    REST=$((REST / 2)); LEVEL=$((LEVEL + 1))
                done
                mv "$W/hash" "$W/level.$LEVEL"
                INDEX=$((INDEX + 1))
            done < entries.ndjson
            LEVEL=0
            while [ $LEVEL -lt 63 ]; do
                if [ ! -f "$W/level.$LEVEL" ]; then :
                elif [ -f "$W/hash" ]; then join "$W/level.$LEVEL" "$W/hash"
                else mv "$W/level.$LEVEL" "$W/hash"; fi
                LEVEL=$((LEVEL + 1))
            done
            [ -f "$W/hash" ] || sha256 < /dev/null > "$W/hash"
            test "$(base64 < "$W/hash" | tr -d '\n')" = "$(sed -n 3p checkpoint)"
            rm -r "$W"
            echo "verified: $INDEX entries are what $NAME signed"


        One entry alone
        A file in proofs/ shows that one entry is in the log without showing the others: it holds the entry's index, the
        hashes that lead from the entry to the root, and the checkpoint. Check the checkpoint's signature as in 3. Then,
        with hash = SHA-256(0x00, entry), fn = index and sn = size - 1, take the proof's hashes p in order: if fn is odd
        or fn = sn, hash = SHA-256(0x01, p, hash) and, as long as fn is even and not 0, halve fn and sn; otherwise
        hash = SHA-256(0x01, hash, p); then halve fn and sn, rounding down. In the end sn must be 0 and hash the root
        (RFC 9162, section 2.1.3.2).

        What this cannot show
        That this is the newest checkpoint, or that others were shown the same one: keep the checkpoints you were given,
        and ask for a consistency proof between an old one and a new one.
        """# + "\n"
}
