#include "model/wires/tap.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/wires/padding.hpp"

namespace bulkhead::model {
namespace {

Result<> set_up(const ifreq& named) {
  const OwnedFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail_errno("socket");
  ifreq request = named;
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return fail_errno("SIOCGIFFLAGS");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return fail_errno("setting the interface up",
                      "it needs CAP_NET_ADMIN: run inside `unshare -rn`, or as root");
  return {};
}

}  // namespace

Result<std::unique_ptr<Wire>> open_tap_wire(const std::string& name) {
  ifreq request{};
  if (name.empty() || name.size() >= sizeof request.ifr_name || name.find('/') != std::string::npos)
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" cannot be the name of a network interface", name),
                "1 to 15 characters, no slash");
  std::ranges::copy(name, std::begin(request.ifr_name));

  OwnedFd fd{::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  if (!fd && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
    return fail_errno("/dev/net/tun", "the tun module is not loaded, or /dev has no such node");
  if (!fd) return fail_errno("/dev/net/tun", "it can be opened by root or by who its mode allows");
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0)
    return fail_errno(fmt::format("TAP interface {}", name),
                      "it needs CAP_NET_ADMIN: run inside `unshare -rn`, or as root");
  // A persistent interface keeps what its last user asked for.
  if (::ioctl(fd.get(), TUNSETOFFLOAD, 0UL) != 0)
    return fail_errno(fmt::format("TAP interface {}: TUNSETOFFLOAD", name));
  if (auto up = set_up(request); !up)
    return std::unexpected<Error>(
        std::move(up).error().within(fmt::format("TAP interface {}", name)));
  return std::make_unique<Tap>(std::move(fd), name);
}

void Tap::fail_with(int error_number) {
  failed_ = true;
  error_number_ = error_number;
}

std::span<const std::byte> Tap::peek() {
  if (size_ == 0 && !failed_) {
    const auto got = ::read(fd_.get(), buffer_.data(), buffer_.size());
    // EIO: the interface is down. Nothing comes in, but it may be set up again.
    if (got < 0 && errno != EAGAIN && errno != EINTR && errno != EIO) fail_with(errno);
    if (got <= 0) return {};
    ++in_;
    size_ = pad(buffer_, static_cast<size_t>(got));
  }
  return std::span{buffer_}.first(size_);
}

bool Tap::transmit(std::span<const std::byte> frame) {
  if (!failed_) {
    if (::write(fd_.get(), frame.data(), frame.size()) >= 0) {
      ++out_;
      return true;
    }
    if (errno == EAGAIN || errno == EINTR) return false;
    if (errno != EIO && errno != EINVAL) fail_with(errno);
  }
  ++dropped_;
  return true;
}

Result<> Tap::finish() {
  if (const int error = std::exchange(error_number_, 0); error != 0)
    return fail_errno(error, fmt::format("TAP interface {}", name_));
  return {};
}

std::string Tap::report() const {
  return fmt::format(R"({{"kind":"tap","in":{},"out":{},"dropped":{}}})", in_, out_, dropped_);
}

}  // namespace bulkhead::model
