# Takes jars into the store: a tar on standard input with the file SUMS, the sorted SHA-256 sums, and SUM.jar for each.
# $1: the store, $2: a name that nothing else uses
set -u
umask 077
TZ=UTC0
export TZ
incoming=$1/incoming.$2
mkdir -p "$1" && mkdir "$incoming" || exit 71
trap 'cd / && rm -rf "$incoming"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
cd "$incoming" || exit 71

tar -xof - || exit 72
if command -v sha256sum >/dev/null 2>&1; then
    sha256sum ./*.jar >PRINTED || exit 73
    cut -c 1-64 PRINTED >ACTUAL || exit 72
elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 ./*.jar >PRINTED || exit 73
    cut -c 1-64 PRINTED >ACTUAL || exit 72
elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r ./*.jar >PRINTED || exit 73
    cut -c 1-64 PRINTED >ACTUAL || exit 72
else
    echo 'there is none of sha256sum, shasum and openssl in PATH' >&2
    exit 74
fi
cmp SUMS ACTUAL >&2 || exit 73

# The archives of classes that make Java start quickly check the time of modification.
touch -c -m -t 198001010000 ./*.jar && chmod 0400 ./*.jar || exit 72
mv -f ./*.jar .. || exit 72
cat SUMS
echo end
