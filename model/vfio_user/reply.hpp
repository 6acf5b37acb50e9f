// The answer to one request.
#pragma once

#include <cstddef>
#include <vector>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/error.hpp"

namespace bulkhead::model {

/// A payload and borrowed descriptors, or an errno value. A Result<Reply> that holds an error is
/// worse: the client broke the protocol, and its connection ends.
struct Reply {
  int error = 0;
  std::vector<std::byte> payload;
  std::vector<int> fds;

  static Reply refuse(int error) { return Reply{.error = error, .payload = {}, .fds = {}}; }

  template <class T>
  static Reply with(const T& value) {
    Reply reply;
    append(reply.payload, value);
    return reply;
  }
};

/// The errno value that tells a client about a device's error.
int errno_of(ErrorCode code);

}  // namespace bulkhead::model
