#include "tests/qtest/line_channel.hpp"

#include <array>
#include <chrono>

#include <poll.h>
#include <sys/socket.h>

#include "bulkhead/base/deadline.hpp"

namespace bulkhead::qtest {

Result<> LineChannel::send(std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) return fail(ErrorCode::device_gone, "QEMU has closed its socket");
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<std::string> LineChannel::receive() {
  const auto deadline = Deadline::after(std::chrono::seconds{10});
  for (;;) {
    if (const auto end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, deadline.remaining_ms()) == 0)
      return fail(ErrorCode::timeout, "QEMU said nothing for ten seconds");
    std::array<char, 4096> buffer;
    const auto length = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (length <= 0) return fail(ErrorCode::device_gone, "QEMU has closed its socket");
    received_.append(buffer.data(), static_cast<size_t>(length));
  }
}

}  // namespace bulkhead::qtest
