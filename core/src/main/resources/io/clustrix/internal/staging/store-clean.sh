# Removes from the store what find selects, and tells how many files that were.
# $1: the store, the others: an expression of find
set -u
store=$1
shift
[ -d "$store" ] || { echo 0; exit 0; }
cd "$store" || exit 71
find . -type f -name '*.jar' "$@" -exec rm -f {} + -print | wc -l
