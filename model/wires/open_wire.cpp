#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "model/wire.hpp"
#include "model/wires/generate.hpp"
#include "model/wires/link.hpp"
#include "model/wires/pcap.hpp"
#include "model/wires/reflect.hpp"
#include "model/wires/tap.hpp"

namespace bulkhead::model {
namespace {

constexpr std::string_view forms =
    "a wire is tap:NAME, pcap:IN[,OUT], pcap:,OUT, generate:SIZE[@RATE[k|M]], link:PATH or reflect";

std::unexpected<Error> bad(std::string what) {
  return fail(ErrorCode::invalid_argument, std::move(what), std::string{forms});
}

/// A whole decimal number, with k or M for thousands or millions if `units`.
Result<uint64_t> parse_number(std::string_view text, bool units) {
  uint64_t scale = 1;
  if (units && text.ends_with('k')) scale = 1000;
  if (units && text.ends_with('M')) scale = 1'000'000;
  const auto digits = scale == 1 ? text : text.substr(0, text.size() - 1);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
  if (digits.empty() || error != std::errc{} || end != digits.end() || value > 1'000'000'000)
    return bad(fmt::format("\"{}\" is not a number", text));
  return value * scale;
}

Result<std::unique_ptr<Wire>> open_generate(std::string_view rest) {
  const auto at = rest.find('@');
  BULKHEAD_TRY_ASSIGN(const uint64_t size, parse_number(rest.substr(0, at), false));
  if (size < Generate::smallest || size > Generate::largest)
    return bad(fmt::format("frames of {} bytes: with CRC they have {} to {}", size,
                           Generate::smallest, Generate::largest));
  uint64_t rate = 0;
  if (at != std::string_view::npos) {
    BULKHEAD_TRY_ASSIGN(rate, parse_number(rest.substr(at + 1), true));
    if (rate == 0 || rate > 1'000'000'000)
      return bad(fmt::format("\"{}\" is not a rate", rest.substr(at + 1)));
  }
  return std::make_unique<Generate>(size, rate);
}

Result<std::unique_ptr<Wire>> open_pcap(std::string_view rest) {
  const auto comma = rest.find(',');
  const std::string in{rest.substr(0, comma)};
  const std::string out{comma == std::string_view::npos ? "" : rest.substr(comma + 1)};
  if (in.empty() && out.empty()) return bad("pcap: without a file");
  if (comma != std::string_view::npos && out.empty()) return bad("pcap: without an output file");
  return open_pcap_wire(in, out);
}

}  // namespace

Result<std::unique_ptr<Wire>> open_wire(const std::string& name) {
  const std::string_view text{name};
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  const auto rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (text == "reflect") return std::make_unique<Reflect>();
  if (kind == "generate") return open_generate(rest);
  if (kind == "pcap") return open_pcap(rest);
  if (rest.empty()) return bad(fmt::format("\"{}\" is not a wire", name));
  if (kind == "tap") return open_tap_wire(std::string{rest});
  if (kind == "link") return open_link_wire(std::string{rest});
  return bad(fmt::format("\"{}\" is not a wire", name));
}

}  // namespace bulkhead::model
