// The messages' names, for errors.
#pragma once

#include <string_view>

#include "bulkhead/bus/vhost_user/protocol.hpp"

namespace bulkhead::vhost_user {

/// "SET_MEM_TABLE", as the specification has it.
[[nodiscard]] std::string_view request_name(Request request);

}  // namespace bulkhead::vhost_user
