#!/bin/bash
# Starts Flower and, where TUNNEL is set, the stunnel beside it. When one ends, the other is ended too and the
# container's restart policy brings both back. docker-init is PID 1 (init: true) and reaps what they leave.
# usage: entrypoint.sh FLOWER-COMMAND ARGUMENT...
set -u

# Flower has this long to say goodbye (a SuperNode that cannot is locked out by its old session), less than
# compose's stop_grace_period so that the container is never killed from outside first.
readonly STOP_SECONDS=15
# Files in memory that can be replaced while all runs (renew/): a file that is mounted alone keeps its content until the
# container restarts. Closed to apps, as all below /app/certificates is (superexec/confinement.py).
readonly LIVE=/app/certificates/live
readonly TUNNEL_CONFIG=$LIVE/stunnel.conf

say() { printf 'entrypoint: %s\n' "$*" >&2; }

# TUNNEL=server takes TUNNEL_ACCEPT from the network and hands it to Flower on TUNNEL_CONNECT (loopback);
# TUNNEL=client takes Flower's connection on TUNNEL_ACCEPT (loopback) to the peer's stunnel at TUNNEL_CONNECT.
# Both present TUNNEL_IDENTITY (a copy of it) and demand a peer of the same CA whose certificate names TUNNEL_PEER.
write_tunnel_config() {
  cat > "$TUNNEL_CONFIG" <<CONFIG
foreground = yes
pid =
syslog = no
debug = notice
[appio]
client = $([[ $TUNNEL == client ]] && echo yes || echo no)
accept = $TUNNEL_ACCEPT
connect = $TUNNEL_CONNECT
cert = $LIVE/now/identity.crt
key = $LIVE/now/identity.key
CAfile = $LIVE/now/ca.crt
verifyChain = yes
checkHost = $TUNNEL_PEER
sslVersionMin = TLSv1.3
# Without it the peer's address is looked up once, and a peer that gets another one is lost for good.
delay = $([[ $TUNNEL == client ]] && echo yes || echo no)
TIMEOUTconnect = 5
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
$(keepalive l)
$(keepalive r)
CONFIG
}

# A peer whose address is gone sends no word of it, and who waits for its answer would wait for ever: after 25 s of
# silence from its kernel the connection is given up.
keepalive() { printf 'socket = %s\n' "$1:SO_KEEPALIVE=1" "$1:TCP_KEEPIDLE=10" "$1:TCP_KEEPINTVL=5" "$1:TCP_KEEPCNT=3"; }

# Through one symbolic link, so that certificate and key change together.
copy_certificates() {
  mkdir "$LIVE/start" && ln -s start "$LIVE/now" \
    && cp "$TUNNEL_IDENTITY.crt" "$LIVE/start/identity.crt" && cp "$TUNNEL_IDENTITY.key" "$LIVE/start/identity.key" \
    && cp /app/certificates/ca/ca.crt "$LIVE/start/ca.crt" && copy_what_flower_reads && return
  say "cannot copy its certificates to $LIVE"
  exit 1
}

# Flower reads these at its start only, and a file that is edited in place changes under it: health/in_use.py tells
# from the copies what it read.
copy_what_flower_reads() {
  local file
  mkdir -p "$LIVE/read/auth" && cp /app/certificates/ca/ca.crt "$LIVE/read/" || return
  for file in /app/certificates/auth/*.pub /app/certificates/auth/*.csv; do
    [[ ! -e $file ]] || cp "$file" "$LIVE/read/auth/" || return
  done
}

refuse_unwritable() {
  local directory
  for directory in ${WRITABLE_DIRS:-}; do
    [[ -w $directory ]] && continue
    say "cannot write to $directory: it belongs to uid $(stat -c %u "$directory"), this container is uid $(id -u); start-secure.ts hands volumes over"
    exit 1
  done
}

# A SuperNode that the SuperLink refuses, or knows no longer, ends with exit code 0; launch-supernode keeps what it was told.
why() { [[ -r /tmp/fleet && $(< /tmp/fleet) =~ ^(refused|heartbeats\ ended) ]] && printf ' (%s)' "$(< /tmp/fleet)"; }

flower='' tunnel='' stopping=''
stop() {
  [[ -n $stopping ]] && return
  stopping=yes
  [[ -n $flower ]] && kill -TERM "$flower" 2>/dev/null
  # A stopped process takes no SIGTERM.
  (sleep "$STOP_SECONDS"; kill -KILL $flower $tunnel) >/dev/null 2>&1 &
}
trap stop TERM INT

# check-status.ts counts these, and finds the reason of an end before the next one (docker/restarts.ts).
say starts
refuse_unwritable
if [[ -n ${TUNNEL:-} ]]; then
  copy_certificates
  write_tunnel_config
  stunnel4 "$TUNNEL_CONFIG" > >(mawk -W interactive -f /opt/flower/tunnel-log.awk >&2) 2>&1 &
  tunnel=$!
  echo "$tunnel" > "$LIVE/stunnel.pid"
fi
"$@" &
flower=$!
date +%s > /tmp/started

ended=''
while [[ -z $ended ]]; do
  wait -n -p ended $flower $tunnel
  status=$?
  ended=${ended:-}
done

if [[ $ended == "$flower" ]]; then
  [[ -n $stopping ]] || say "${1#launch-} ended by itself with exit code $status$(why); the container restarts"
else
  say "stunnel ended with exit code $status; the container restarts"
  status=1
  stop
  wait "$flower"
fi
# Nothing is lost with it any more, and a stopped stunnel takes no SIGTERM.
# Disowned, or bash would report its death.
[[ -n $tunnel ]] && disown "$tunnel" 2>/dev/null && kill -KILL "$tunnel" 2>/dev/null
exit "$status"
