#include "bulkhead/confine/observer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/confine/capability_sets.hpp"
#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

/// Numbers that the descriptors of an observer have at least: closing them frees none below.
constexpr int high_number = 64;
constexpr int get_mdwe = 66;  // linux/prctl.h, since Linux 6.3

Result<OwnedFd> at_high_number(OwnedFd fd, int lowest, std::string_view what) {
  OwnedFd high{fd ? ::fcntl(fd.get(), F_DUPFD_CLOEXEC, lowest) : -1};
  if (!high) return fail_errno(what);
  return high;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  while (true) {
    const auto size = ::read(fd, part.data(), part.size());
    if (size <= 0) return text;
    text.append(part.data(), static_cast<size_t>(size));
  }
}

bool is_up(int socket, const std::string& name) {
  ifreq request{};
  std::ranges::copy_n(name.begin(), std::min<std::ptrdiff_t>(std::ssize(name), IFNAMSIZ - 1),
                      std::begin(request.ifr_name));
  return ::ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

std::vector<uint32_t> groups() {
  std::vector<gid_t> list(static_cast<size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(list.size()), list.data());
  list.resize(static_cast<size_t>(std::max(count, 0)));
  return list;
}

std::vector<Limit> limits() {
  constexpr std::array<std::pair<__rlimit_resource, const char*>, 4> all{
      {{RLIMIT_CORE, "core"},
       {RLIMIT_FSIZE, "file size"},
       {RLIMIT_NPROC, "processes and threads"},
       {RLIMIT_NOFILE, "descriptors"}}};
  std::vector<Limit> found;
  for (const auto& [resource, name] : all) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) == 0)
      found.push_back({.name = name, .value = limit.rlim_max});
  }
  return found;
}

}  // namespace

Result<Folder> Folder::open(const char* path, int lowest) {
  BULKHEAD_TRY_ASSIGN(
      OwnedFd fd,
      at_high_number(OwnedFd{::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)}, lowest, path));
  Folder folder;
  folder.stream_.reset(::fdopendir(fd.get()));
  if (!folder.stream_) return fail_errno(path);
  static_cast<void>(fd.release());
  return folder;
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> found;
  if (!stream_) return found;
  ::rewinddir(stream_.get());
  while (const dirent* entry = ::readdir(stream_.get())) {
    std::string name{std::begin(entry->d_name)};
    if (name != "." && name != "..") found.push_back(std::move(name));
  }
  std::ranges::sort(found);
  return found;
}

std::string Folder::link(const std::string& name) const {
  std::string target(PATH_MAX, '\0');
  const auto size = ::readlinkat(fd(), name.c_str(), target.data(), target.size());
  target.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return target;
}

Result<Observer> Observer::create(const Policy& policy) {
  Observer observer{policy};
  observer.lowest_ = std::max(high_number, static_cast<int>(policy.polled));
  for (const auto& kept : policy.keep) observer.lowest_ = std::max(observer.lowest_, kept.fd + 1);
  BULKHEAD_TRY_ASSIGN(observer.open_files_, Folder::open("/proc/self/fd", observer.lowest_));
  BULKHEAD_TRY_ASSIGN(observer.namespaces_, Folder::open("/proc/self/ns", observer.lowest_));
  BULKHEAD_TRY_ASSIGN(
      observer.network_devices_,
      at_high_number(OwnedFd{::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC)},
                     observer.lowest_, "/proc/self"));
  observer.before_ = observer.namespaces();
  return observer;
}

Result<> Observer::look_around() {
  BULKHEAD_TRY_ASSIGN(root_, Folder::open("/", lowest_));
  // The folder of the process leads to the network namespace that it is in now.
  BULKHEAD_TRY_ASSIGN(
      network_devices_,
      at_high_number(OwnedFd{::openat(network_devices_.get(), "net/dev", O_RDONLY | O_CLOEXEC)},
                     lowest_, "/proc/self/net/dev"));
  BULKHEAD_TRY_ASSIGN(
      socket_, at_high_number(OwnedFd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}, lowest_,
                              "a socket to ask about interfaces"));
  return {};
}

void Observer::try_files() {
  const OwnedFd opened{::openat(root_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  opens_files_ = static_cast<bool>(opened);
}

std::vector<int> Observer::descriptors() const {
  std::vector<int> all;
  for (const int fd :
       {open_files_.fd(), namespaces_.fd(), root_.fd(), network_devices_.get(), socket_.get()})
    if (fd >= 0) all.push_back(fd);
  return all;
}

std::string Observer::purpose_of(int fd) const {
  for (const auto& kept : policy_->keep)
    if (kept.fd == fd) return kept.purpose;
  // Copies take numbers that would be free otherwise.
  if (fd < static_cast<int>(policy_->polled) && !policy_->keep.empty() &&
      open_files_.link(std::to_string(fd)) ==
          open_files_.link(std::to_string(policy_->keep.front().fd)))
    return policy_->keep.front().purpose + ", a copy so that the number is taken";
  return {};
}

std::vector<OpenDescriptor> Observer::open_descriptors() const {
  const auto own = descriptors();
  std::vector<OpenDescriptor> found;
  for (const auto& name : open_files_.names()) {
    int fd = -1;
    std::from_chars(name.data(), std::to_address(name.end()), fd);
    if (std::ranges::find(own, fd) != own.end()) continue;
    found.push_back({.fd = fd, .what = open_files_.link(name), .purpose = purpose_of(fd)});
  }
  std::ranges::sort(found, {}, &OpenDescriptor::fd);
  return found;
}

std::vector<NamespaceId> Observer::namespaces() const {
  std::vector<NamespaceId> found;
  for (const char* kind : {"user", "mnt", "net", "ipc", "uts", "pid"}) {
    NamespaceId now{.kind = kind, .id = namespaces_.link(kind), .own = false};
    const auto before = std::ranges::find(before_, now.kind, &NamespaceId::kind);
    now.own = before != before_.end() && before->id != now.id;
    found.push_back(std::move(now));
  }
  return found;
}

std::vector<Interface> Observer::interfaces() const {
  // Two lines of headings, then "    lo:       0 ...".
  std::vector<Interface> found;
  const std::string text = read_all(network_devices_.get());
  for (size_t colon = text.find(':'); colon != std::string::npos;
       colon = text.find(':', colon + 1)) {
    const size_t before = text.find_last_of(" \n", colon);
    const auto name = text.substr(before + 1, colon - before - 1);
    found.push_back({.name = name, .up = is_up(socket_.get(), name)});
  }
  return found;
}

Observation Observer::observe(std::vector<PassingCalls> calls) {
  return {.uid = ::getuid(),
          .gid = ::getgid(),
          .groups = groups(),
          .capabilities = capability_sets(),
          .descriptors = open_descriptors(),
          .root = root_.names(),
          .interfaces = interfaces(),
          .namespaces = namespaces(),
          .limits = limits(),
          .no_new_privileges = ::prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) == 1,
          .no_new_code = (::prctl(get_mdwe, 0UL, 0UL, 0UL, 0UL) & 1) == 1,
          .dumpable = ::prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) != 0,
          .opens_files = opens_files_,
          .landlock_abi = landlock_abi(),
          .system_calls = std::move(calls)};
}

}  // namespace bulkhead::confine
