# Makes stunnel's log readable: drops the notices of connections that went well and of the container's own
# health check, and adds to each complaint about a connection the address it came from.
# In (stunnel's "debug = notice"): 2026.01.31 12:00:00 LOG5[7]: Service [appio] accepted connection from 172.29.1.3:40000
function own(address) { return address ~ /^127\./ || (address in self) }
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
  if (level <= 4 && !own(peer[id])) printf "stunnel: %s%s\n", text, (peer[id] ? " (from " peer[id] ")" : "")
  if (text ~ /^Connection (closed|reset)/) delete peer[id]
  next
}
match($0, /LOG[0-4]\[[a-z]+\]: /) { print "stunnel: " substr($0, RSTART + RLENGTH); next }
# As stunnel logs before it has read its configuration, and so why it does not start: [!] error, [:] warning.
/^\[[!:]\] / { print "stunnel: " substr($0, 5); next }
/Configuration successful/ { print "stunnel: ready" }
