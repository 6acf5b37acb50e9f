// Names for messages, as errors and logs spell them.
#pragma once

#include <string>

#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

/// The specification's name without its prefix: "DEVICE_GET_INFO"; "command 99" for one that it
/// does not know.
std::string command_name(Command command);

}  // namespace bulkhead::vfio_user
