#include "bulkhead/confine/layer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bulkhead::confine {
namespace {

std::vector<std::string_view> names() {
  std::vector<std::string_view> all;
  for (const Layer layer : all_layers) all.push_back(to_string(layer));
  return all;
}

}  // namespace

std::string_view to_string(Layer layer) {
  switch (layer) {
    case Layer::identity:
      return "identity";
    case Layer::user_namespace:
      return "user-namespace";
    case Layer::empty_root:
      return "empty-root";
    case Layer::network_namespace:
      return "network-namespace";
    case Layer::ipc_namespace:
      return "ipc-namespace";
    case Layer::uts_namespace:
      return "uts-namespace";
    case Layer::pid_namespace:
      return "pid-namespace";
    case Layer::capabilities:
      return "capabilities";
    case Layer::no_new_privileges:
      return "no-new-privileges";
    case Layer::no_new_code:
      return "no-new-code";
    case Layer::not_dumpable:
      return "not-dumpable";
    case Layer::landlock:
      return "landlock";
    case Layer::descriptors:
      return "descriptors";
    case Layer::no_core:
      return "no-core";
    case Layer::file_size:
      return "file-size";
    case Layer::no_processes:
      return "no-processes";
    case Layer::no_files:
      return "no-files";
    case Layer::system_calls:
      return "system-calls";
  }
  return "unknown";
}

Result<std::vector<Layer>> parse_layers(std::string_view text) {
  std::vector<Layer> layers;
  while (true) {
    const auto name = text.substr(0, text.find(','));
    if (name == "all") {
      std::ranges::remove_copy(all_layers, std::back_inserter(layers), Layer::pid_namespace);
    } else {
      const auto* const found =
          std::ranges::find(all_layers, name, [](Layer layer) { return to_string(layer); });
      if (found == all_layers.end())
        return fail(ErrorCode::invalid_argument, fmt::format("the sandbox has no layer '{}'", name),
                    fmt::format("it has: all, {}", fmt::join(names(), ", ")));
      layers.push_back(*found);
    }
    if (name.size() == text.size()) return layers;
    text.remove_prefix(name.size() + 1);
  }
}

uint32_t bits_of(const std::vector<Layer>& layers) {
  uint32_t bits = 0;
  for (const auto layer : layers) bits |= 1U << static_cast<uint32_t>(layer);
  return bits;
}

std::vector<Layer> layers_of(uint32_t bits) {
  std::vector<Layer> layers;
  for (const auto layer : all_layers)
    if ((bits & bits_of({layer})) != 0) layers.push_back(layer);
  return layers;
}

}  // namespace bulkhead::confine
