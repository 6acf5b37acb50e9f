# For scripts/guest-*: packages of Debian's that are unpacked into the cache and installed nowhere.
# To be sourced, after $kit and $work are known.
readonly unavailable=77
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
skip() {
  say "$*"
  exit $unavailable
}

# Debian's mirror, if this machine uses one.
mirror() {
  local named
  named=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ') || true
  printf '%s' "${named:-http://deb.debian.org/debian}"
}

quietly() {
  "$@" >"$work/log" 2>&1 </dev/null || {
    tail -5 "$work/log" >&2
    return 1
  }
}

# An apt of our own, which knows these suites and believes that nothing is installed.
set_up_apt() {
  local suite
  mkdir -p "$work"/{debs/partial,lists/partial,dpkg}
  : >"$work/dpkg/status"
  for suite in "$@"; do
    echo "deb [arch=amd64 signed-by=$keyring] $(mirror) $suite main"
  done >"$work/sources.list"
  cat >"$work/apt.conf" <<END
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$work/dpkg";
Dir::State::lists "$work/lists";
Dir::State::status "$work/dpkg/status";
Dir::Cache::archives "$work/debs";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
END
  export APT_CONFIG=$work/apt.conf
  quietly apt-get -q update -o APT::Update::Error-Mode=any ||
    skip "cannot reach $(mirror) for $*, and they are not yet in $kit"
}

unpack() {
  local package
  for package in "$work"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$1"
  done
}
