#!/bin/sh
# One media node: nginx with the RTMP module, and the agent that reports for it.
#
#   node.sh ROLE DIRECTORY ADDRESS RTMP_PORT HTTP_PORT CALLBACKS_PORT
#
# smreconcile adds SMRECONCILE_SERVER, SMRECONCILE_NODE_ID, SMRECONCILE_NODE_TOKEN and SMRECONCILE_BIN to the
# environment. NGINX and NGINX_RTMP_MODULE name another nginx or module.
set -eu

role=$1 dir=$2 address=$3 rtmp_port=$4 http_port=$5 callbacks_port=$6
PATH=$PATH:/usr/sbin:/sbin
nginx=${NGINX:-nginx}
module=${NGINX_RTMP_MODULE:-/usr/lib/nginx/modules/ngx_rtmp_module.so}

fail() {
    echo "node.sh: $*" >&2
    exit 1
}

command -v "$nginx" >/dev/null || fail "there is no '$nginx'; on Debian: apt install nginx libnginx-mod-rtmp"
[ -e "$module" ] || fail "there is no $module; on Debian: apt install libnginx-mod-rtmp"

# The agent's own door: it asks the manager, and answers from what it knows while the manager is away.
callback="http://127.0.0.1:$callbacks_port/nginx-rtmp"

# The settings that make streams move between nodes; README.md says how each was found.
case $role in
    origin)
        # When the publisher leaves, the edges' pulls end too, so that they ask anew where the stream is.
        # A publisher that is silent for so long is gone without having said so.
        streams="idle_streams off; drop_idle_publisher 10s;
            on_publish \"$callback\"; on_publish_done \"$callback\"; on_play \"$callback\";"
        ;;
    relay | edge)
        # Both pull, and answer a play by asking where to pull from: on a relay those who play are edges.
        # Nobody publishes here; the node's own pulls are not meant by 'deny publish'. idle_streams must stay on: a
        # viewer comes before the pull that brings its stream. An origin that hangs is given up after five seconds.
        streams="deny publish all; drop_idle_publisher 5s;
            on_play \"$callback\";"
        ;;
    *) fail "no role '$role'; known are origin, relay and edge" ;;
esac

mkdir -p "$dir/tmp"
cat >"$dir/nginx.conf" <<EOF
load_module $module;
# One process, a child of the agent: what kills it kills the media server, and leaves no worker behind.
daemon off;
master_process off;
worker_processes 1;
pid "$dir/nginx.pid";
error_log stderr warn;
events { worker_connections 4096; }

rtmp {
    # It would have the tickets of clients in it, where there are any.
    access_log off;
    server {
        listen $address:$rtmp_port;
        notify_method post;
        application live {
            live on;
            $streams
        }
    }
}

http {
    access_log off;
    client_body_temp_path "$dir/tmp/body";
    proxy_temp_path "$dir/tmp/proxy";
    fastcgi_temp_path "$dir/tmp/fastcgi";
    uwsgi_temp_path "$dir/tmp/uwsgi";
    scgi_temp_path "$dir/tmp/scgi";
    server {
        # For the agent only.
        listen 127.0.0.1:$http_port;
        location /stat { rtmp_stat all; }
        location /control { rtmp_control all; }
    }
}
EOF

# setpriv (util-linux): when the agent is killed, its nginx ends too and does not serve on unseen.
exec "${SMRECONCILE_BIN:-smreconcile}" agent \
    --server "$SMRECONCILE_SERVER" --node "$SMRECONCILE_NODE_ID" \
    --statistics "nginx-rtmp=http://127.0.0.1:$http_port/stat" --control "http://127.0.0.1:$http_port/control" \
    --callbacks "127.0.0.1:$callbacks_port" \
    -- setpriv --pdeathsig TERM "$nginx" -e stderr -p "$dir" -c "$dir/nginx.conf"
