#!/bin/sh
# Nodes of a cluster prove to each other that they know a cookie. The first one that starts makes it, at random, in a
# folder that all of them mount, so that no secret stands in a file of the project.
set -eu
shared=/var/lib/rabbitmq-cookie/erlang.cookie
if [ ! -s "$shared" ]; then
  umask 077
  new=$(mktemp "$shared.XXXXXX")
  head -c 48 /dev/urandom | base64 | tr -d '+/=\n' >"$new"
  # Of nodes that start at the same moment one succeeds here; its cookie counts.
  ln "$new" "$shared" 2>/dev/null || true
  rm "$new"
fi
rm -f /var/lib/rabbitmq/.erlang.cookie
install -m 400 "$shared" /var/lib/rabbitmq/.erlang.cookie
exec docker-entrypoint.sh "$@"
