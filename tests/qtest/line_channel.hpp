// Lines of text to and from QEMU, over a connected socket.
#pragma once

#include <string>
#include <string_view>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::qtest {

class LineChannel {
 public:
  LineChannel() = default;
  explicit LineChannel(OwnedFd socket) : socket_(std::move(socket)) {}

  /// Errors: `device_gone` if the other end is closed.
  Result<> send(std::string_view text);
  /// The next line, without its end. Errors: `device_gone`, or `timeout` after ten seconds.
  Result<std::string> receive();

 private:
  OwnedFd socket_;
  std::string received_;
};

}  // namespace bulkhead::qtest
