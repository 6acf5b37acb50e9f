#include "bulkhead/confine/report.hpp"

#include <fmt/format.h>

namespace bulkhead::confine {

std::string what_is_lacking(const Report& report) {
  std::string text;
  for (const auto& state : report.layers)
    if (state.presence == Presence::lacking)
      text +=
          fmt::format("{}{} ({})", text.empty() ? "" : "; ", to_string(state.layer), state.note);
  return text;
}

}  // namespace bulkhead::confine
