// UNSAFE FILE: the sockets interface takes every address as a sockaddr*.
#include "model/wires/unix_address.hpp"

#include <algorithm>

#include <sys/socket.h>
#include <sys/un.h>

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::model {

static sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  static_assert(sizeof address.sun_path == max_unix_path);
  std::ranges::copy_n(path.begin(),
                      static_cast<std::ptrdiff_t>(std::min(path.size(), max_unix_path - 1)),
                      std::begin(address.sun_path));
  return address;
}

int bind_unix(int socket, const std::string& path) {
  const auto address = address_of(path);
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int connect_unix(int socket, const std::string& path) {
  const auto address = address_of(path);
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace bulkhead::model

#pragma clang unsafe_buffer_usage end
