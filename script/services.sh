#!/usr/bin/env bash
# script/services.sh up DIR   starts a throwaway PostgreSQL and Redis on free loopback ports; DIR/env has the addresses
# script/services.sh down DIR stops them and removes DIR
# Durability is switched off: this is for tests only.
set -euo pipefail
command=$1
dir=$2
pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[ -n "$pg" ] || pg=$(dirname "$(command -v initdb)")

as() { # PostgreSQL refuses to run as root, so root lends it its own user
    local user=$1
    shift
    if [ "$(id -u)" = 0 ]; then runuser -u "$user" -- "$@"; else "$@"; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_postgres() {
    local port=$1
    as postgres "$pg/initdb" -D "$dir/pg" -U app -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    as postgres "$pg/pg_ctl" -D "$dir/pg" -w -t 60 -s -l "$dir/pg/log" start -o "-p $port \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir/sockets -c fsync=off \
        -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB -c max_connections=60 -c timezone=UTC"
    as postgres "$pg/createdb" -h 127.0.0.1 -p "$port" -U app app
}

start_redis() {
    local port=$1
    as redis redis-server --bind 127.0.0.1 --port "$port" --dir "$dir/redis" --save '' --appendonly no \
        --daemonize yes --pidfile "$dir/redis/pid" --logfile "$dir/redis/log" >/dev/null
    for _ in $(seq 100); do
        if redis-cli -p "$port" ping >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    echo "Redis did not answer; see $dir/redis/log" >&2
    return 1
}

case $command in
up)
    mkdir -p "$dir"
    chmod 755 "$dir"
    if [ "$(id -u)" = 0 ]; then
        install -d -m 700 -o postgres "$dir/pg" "$dir/sockets"
        install -d -m 700 -o redis "$dir/redis"
    else
        mkdir -p -m 700 "$dir/pg" "$dir/sockets" "$dir/redis"
    fi
    pg_port=$(free_port)
    redis_port=$(free_port)
    cd "$dir" # a folder that the servers' own users may stand in
    start_postgres "$pg_port"
    start_redis "$redis_port"
    printf 'export DATABASE_URL=%s\nexport REDIS_URL=%s\n' \
        "postgres://app@127.0.0.1:$pg_port/app" "redis://127.0.0.1:$redis_port/0" >"$dir/env"
    ;;
down)
    if [ -f "$dir/pg/postmaster.pid" ]; then as postgres "$pg/pg_ctl" -D "$dir/pg" -m immediate -s stop || true; fi
    if [ -f "$dir/redis/pid" ]; then kill "$(cat "$dir/redis/pid")" 2>/dev/null || true; fi
    rm -rf "$dir"
    ;;
*)
    echo "usage: script/services.sh up|down DIR" >&2
    exit 2
    ;;
esac
