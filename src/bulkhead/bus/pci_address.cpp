#include "bulkhead/bus/pci_address.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead::bus {

bool is_pci_address(std::string_view name) {
  // A domain may have more than four digits (a VMD controller's has five).
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos || colon < 4 || colon > 8) return false;
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  constexpr std::string_view form = "xx:xx.f";
  const auto rest = name.substr(colon + 1);
  const auto is_digit = [&](char c) { return hexadecimal.find(c) != std::string_view::npos; };
  return std::ranges::all_of(name.substr(0, colon), is_digit) &&
         std::ranges::equal(rest, form, [&](char c, char wanted) {
           if (wanted == 'x') return is_digit(c);
           return wanted == 'f' ? c >= '0' && c <= '7' : c == wanted;
         });
}

std::optional<std::string> pci_address_of(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  if (is_pci_address(name)) return name;
  name.insert(0, "0000:");
  return is_pci_address(name) ? std::optional{std::move(name)} : std::nullopt;
}

}  // namespace bulkhead::bus
