#!/usr/bin/env bash
# Runs the QEMU that lies unpacked beside this script, with its own loader and libraries.
root=$(dirname "$(readlink -f "$0")")
libraries=$root/usr/lib/x86_64-linux-gnu
installed=/usr/lib/x86_64-linux-gnu/qemu

# QEMU looks for its modules where an installed one has them, and those do not fit: they are hidden
# in a mount namespace of its own.
if [[ -d $installed && -z ${BULKHEAD_QEMU_HIDDEN:-} ]]; then
  user=()
  ((EUID == 0)) || user=(--user --map-current-user)
  BULKHEAD_QEMU_HIDDEN=1 exec unshare "${user[@]}" --keep-caps --mount -- "$0" "$@"
fi
[[ -z ${BULKHEAD_QEMU_HIDDEN:-} ]] || mount --bind "$libraries/qemu" "$installed"

QEMU_MODULE_DIR=$libraries/qemu exec "$root/usr/lib64/ld-linux-x86-64.so.2" \
  --library-path "$libraries:$libraries/pulseaudio" --argv0 qemu-system-x86_64 \
  "$root/usr/bin/qemu-system-x86_64" \
  -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L "$root/usr/lib/ipxe/qemu" "$@"
