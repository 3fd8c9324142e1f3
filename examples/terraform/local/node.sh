#!/bin/sh
# Starts or stops the node $SMRECONCILE_NODE_ID of this machine: the agent, which reports for a media server that is not there.
set -eu
dir=${NODES:-${TMPDIR:-/tmp}/smreconcile-terraform-local}/$SMRECONCILE_NODE_ID

runs() {
    # The number may be somebody else's by now.
    pid=$(cat "$dir/pid" 2>/dev/null) && grep -qz "^SMRECONCILE_NODE_ID=$SMRECONCILE_NODE_ID\$" "/proc/$pid/environ" 2>/dev/null
}

case $1 in
    start)
        # Asked again after Terraform was killed in the middle: it runs, and that is all that is wanted.
        if runs; then exit 0; fi
        mkdir -p "$dir"
        chmod 700 "$dir"
        # setsid: it must outlive Terraform, which ends with all that it started. It does when it has written its pid itself.
        rm -f "$dir/pid"
        setsid sh -c 'echo $$ >"$0"; exec "$@"' "$dir/pid" \
            "${SMRECONCILE_BIN:-smreconcile}" agent --server "$SMRECONCILE_SERVER" --node "$SMRECONCILE_NODE_ID" \
            --statistics command='echo "{\"metrics\": {}}"' </dev/null >>"$dir/log" 2>&1 &
        until [ -s "$dir/pid" ] || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
        [ -s "$dir/pid" ]
        ;;
    stop)
        if runs; then kill -- "-$pid" 2>/dev/null || true; fi
        rm -rf "$dir"
        ;;
    *)
        echo "node.sh: 'start' or 'stop', not '$1'" >&2
        exit 64
        ;;
esac
