# Runs on a host of the pool, by 'sh -s': starts the node there unless it runs already. Put your media server in the place of
# python3's small web server, which only shows that something listens.
set -eu
dir=$HOME/.smreconcile/$SMRECONCILE_NODE_ID
mkdir -p "$dir"
chmod 700 "$dir"
cd "$dir"

# Asked again because an answer was lost: it runs, and that is all that is wanted.
if pid=$(cat pid 2>/dev/null) && grep -qz "^SMRECONCILE_NODE_ID=$SMRECONCILE_NODE_ID\$" "/proc/$pid/environ" 2>/dev/null; then
    exit 0
fi

# setsid: it must outlive this shell, the ssh connection and the end of the command, which ends all that is left in its group.
# It is out of the group when it has written its pid itself, and not before.
rm -f pid
setsid sh -c 'echo $$ >pid; exec "$@"' sh "$SMRECONCILE_BIN" agent --server "$SMRECONCILE_SERVER" --node "$SMRECONCILE_NODE_ID" \
    --statistics command='echo "{\"metrics\": {}}"' \
    -- python3 -m http.server "$NODE_PORT" --bind "$NODE_ADDRESS" --directory "$dir" </dev/null >>log 2>&1 &
until [ -s pid ] || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
[ -s pid ]
