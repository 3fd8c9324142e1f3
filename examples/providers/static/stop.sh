# Runs on a host of the pool, by 'sh -s': ends the node there and all that it started, and waits until it is gone.
set -eu
dir=$HOME/.smreconcile/$SMRECONCILE_NODE_ID
pid=$(cat "$dir/pid" 2>/dev/null) || exit 0
for signal in TERM TERM TERM TERM TERM KILL KILL; do
    # The number may be somebody else's by now.
    grep -qz "^SMRECONCILE_NODE_ID=$SMRECONCILE_NODE_ID\$" "/proc/$pid/environ" 2>/dev/null || break
    kill -s "$signal" -- "-$pid" 2>/dev/null || true
    sleep 1
done
rm -rf "$dir"
