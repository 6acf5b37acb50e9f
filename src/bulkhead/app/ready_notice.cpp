#include "bulkhead/app/ready_notice.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

namespace bulkhead::app {

void tell_that_we_are_ready() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  const OwnedFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket || vfio_user::connect_to(socket.get(), path) != 0) return;
  constexpr std::string_view ready = "READY=1";
  [[maybe_unused]] const auto written = ::write(socket.get(), ready.data(), ready.size());
}

}  // namespace bulkhead::app
