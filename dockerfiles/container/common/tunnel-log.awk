# Makes stunnel's log readable: drops the notices of connections that went well and of the container's own health
# check, and tells a connection that was refused in one line, which check-status reads:
#   stunnel: refused 172.29.1.3: no certificate
# In (stunnel's "debug = notice"): 2026.01.31 12:00:00 LOG5[7]: Service [appio] accepted connection from 172.29.1.3:40000
function own(address) { return address ~ /^127\./ || (address in self) }
function reason_of(text, why) {
  if (text ~ /did not return a certificate/) return "no certificate"
  if (text ~ /wrong version number|http request/) return "no TLS"
  if (text ~ /unsupported protocol|version too low/) return "a TLS version below 1.3"
  if (why) return why
  sub(/.*:SSL routines::/, "", text)
  return text
}
BEGIN {
  # The health check reaches the listener at the container's own address, never at another container's.
  while ((getline line < "/etc/hosts") > 0) { split(line, field, /[ \t]+/); if (field[2] == ENVIRON["HOSTNAME"]) self[field[1]] }
}
match($0, /LOG[0-9]\[[0-9]+\]: /) {
  level = substr($0, RSTART + 3, 1)
  id = substr($0, RSTART + 5, RLENGTH - 8)
  text = substr($0, RSTART + RLENGTH)
  if (text ~ /accepted connection from /) {
    address = text
    sub(/.*accepted connection from /, "", address)
    sub(/:[0-9]+$/, "", address)
    peer[id] = address
    next
  }
  if (level <= 4 && !own(peer[id])) {
    # A refused certificate takes three lines: why, whose, and the end of the handshake.
    if (peer[id] && text ~ /^CERT: /) { why[id] = substr(text, 7); sub(/^Pre-verification error: /, "", why[id]) }
    else if (peer[id] && text ~ /^Rejected by CERT at depth=/) {
      subject = text
      sub(/.*depth=[0-9]+: /, "", subject)
      if (why[id] == "Subject checks failed") why[id] = "the certificate of another"
      why[id] = why[id] " (" subject ")"
    }
    # Who hangs up in the middle was not refused: a health check that would wait no longer for a container that was paused.
    else if (peer[id] && text ~ /^SSL_accept: .*:SSL routines::/ && text !~ /::unexpected eof while reading$/) print "stunnel: refused " peer[id] ": " reason_of(text, why[id])
    else printf "stunnel: %s%s\n", text, (peer[id] ? " (from " peer[id] ")" : "")
  }
  if (text ~ /^Connection (closed|reset)/) { delete peer[id]; delete why[id] }
  next
}
match($0, /LOG[0-4]\[[a-z]+\]: /) { print "stunnel: " substr($0, RSTART + RLENGTH); next }
# As stunnel logs before it has read its configuration, and so why it does not start: [!] error, [:] warning.
/^\[[!:]\] / { print "stunnel: " substr($0, 5); next }
/Configuration successful/ { print "stunnel: ready" }
