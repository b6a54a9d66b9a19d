# Counts in the database, once a second, and writes what has been counted into the site.
trap 'exit 0' TERM
while true; do
  count=$(printf 'INCR count\r\nQUIT\r\n' | nc "$STORE" 6379 | sed -n 's/^:\([0-9]*\).*/\1/p')
  if [ -n "$count" ]; then
    echo "$TITLE: $count" > /site/new
    mv /site/new /site/index.html
    echo "wrote $count"
  fi
  sleep 1 &
  wait $!
done
