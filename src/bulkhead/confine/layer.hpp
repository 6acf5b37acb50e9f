// The layers of the sandbox, by name, and whether each is there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/error.hpp"

namespace bulkhead::confine {

/// In the order in which a process puts them on.
enum class Layer : uint8_t {
  identity,           ///< an ordinary user, in no further groups
  user_namespace,     ///< what is left of privilege holds nowhere outside
  empty_root,         ///< a mount namespace whose root is an empty folder
  network_namespace,  ///< no interface but a loopback that is down
  ipc_namespace,
  uts_namespace,
  pid_namespace,  ///< no process to see or to signal; only its parent can give a process this one
  capabilities,   ///< none, in any of the five sets
  no_new_privileges,
  no_new_code,   ///< memory that was writable is never executed
  not_dumpable,  ///< no core, no debugger of the same user
  landlock,     ///< no file and no TCP port is opened, no signal and no abstract socket reaches out
  descriptors,  ///< none is open that was not named
  no_core,
  file_size,     ///< no file grows
  no_processes,  ///< none, and no thread that was not announced
  no_files,      ///< no descriptor is ever added
  system_calls,  ///< those that were asked for; any other kills
};
inline constexpr std::array all_layers{
    Layer::identity,          Layer::user_namespace, Layer::empty_root,    Layer::network_namespace,
    Layer::ipc_namespace,     Layer::uts_namespace,  Layer::pid_namespace, Layer::capabilities,
    Layer::no_new_privileges, Layer::no_new_code,    Layer::not_dumpable,  Layer::landlock,
    Layer::descriptors,       Layer::no_core,        Layer::file_size,     Layer::no_processes,
    Layer::no_files,          Layer::system_calls,
};

/// As `--require` takes it: "user-namespace".
std::string_view to_string(Layer layer);

/// "all", or names with commas between them. All is every layer that a process can put on itself:
/// not the PID namespace. Errors: `invalid_argument` for a name of no layer.
Result<std::vector<Layer>> parse_layers(std::string_view names);

/// One bit a layer, for a message: bits_of() makes them, layers_of() leaves out those of no layer.
uint32_t bits_of(const std::vector<Layer>& layers);
std::vector<Layer> layers_of(uint32_t bits);

enum class Presence : uint8_t {
  on,
  lacking,  ///< this kernel, or what this process may do, does not have it
  forgone,  ///< what the policy asks for rules it out
};

struct LayerState {
  Layer layer;
  Presence presence;
  std::string note;  ///< why it is not there, or what there is to know of it
};

inline LayerState is_on(Layer layer, std::string note = {}) {
  return {.layer = layer, .presence = Presence::on, .note = std::move(note)};
}
inline LayerState lacks(Layer layer, std::string why) {
  return {.layer = layer, .presence = Presence::lacking, .note = std::move(why)};
}
inline LayerState forgoes(Layer layer, std::string why) {
  return {.layer = layer, .presence = Presence::forgone, .note = std::move(why)};
}

}  // namespace bulkhead::confine
