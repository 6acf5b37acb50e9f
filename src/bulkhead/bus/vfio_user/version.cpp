#include "bulkhead/bus/vfio_user/version.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::vfio_user {
namespace {

using Json = nlohmann::json;

// Far more than any implementation sends.
constexpr size_t longest_json = 4096;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorCode::protocol, fmt::format("the version message {}", what));
}

void put(Json& object, const char* key, const auto& value) {
  if (value) object[key] = *value;
}

Result<> get(const Json& object, const char* key, std::optional<uint64_t>& value) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (!found->is_number_unsigned())
    return wrong(fmt::format("has a {} that is no natural number", key));
  value = found->get<uint64_t>();
  return {};
}

Result<> get(const Json& object, const char* key, std::optional<bool>& value) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (!found->is_boolean()) return wrong(fmt::format("has a {} that is no boolean", key));
  value = found->get<bool>();
  return {};
}

Result<Capabilities> decode_capabilities(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return wrong("is followed by something else than a JSON object");
  Capabilities result;
  const auto object = json.find("capabilities");
  if (object == json.end()) return result;
  if (!object->is_object()) return wrong("has capabilities that are no JSON object");
  BULKHEAD_TRY(get(*object, "max_msg_fds", result.max_msg_fds));
  BULKHEAD_TRY(get(*object, "max_data_xfer_size", result.max_data_xfer_size));
  BULKHEAD_TRY(get(*object, "max_dma_maps", result.max_dma_maps));
  BULKHEAD_TRY(get(*object, "pgsizes", result.pgsizes));
  BULKHEAD_TRY(get(*object, "write_multiple", result.write_multiple));
  return result;
}

}  // namespace

std::vector<std::byte> encode_version(const VersionMessage& message) {
  Json capabilities = Json::object();
  put(capabilities, "max_msg_fds", message.capabilities.max_msg_fds);
  put(capabilities, "max_data_xfer_size", message.capabilities.max_data_xfer_size);
  put(capabilities, "max_dma_maps", message.capabilities.max_dma_maps);
  put(capabilities, "pgsizes", message.capabilities.pgsizes);
  put(capabilities, "write_multiple", message.capabilities.write_multiple);
  Json json = Json::object();
  json["capabilities"] = std::move(capabilities);

  std::vector<std::byte> payload;
  append(payload, message.version);
  for (const char c : json.dump()) payload.push_back(static_cast<std::byte>(c));
  payload.push_back(std::byte{0});
  return payload;
}

Result<VersionMessage> decode_version(std::span<const std::byte> payload) {
  if (payload.size() < sizeof(Version)) return wrong("is too short");
  VersionMessage message{.version = from_bytes<Version>(payload), .capabilities = {}};
  const auto data = payload.subspan(sizeof(Version));
  // Of another major version nothing more is known, not even that JSON follows.
  if (data.empty() || message.version.major != version_major) return message;
  if (data.size() > longest_json) return wrong("is too long");
  if (data.back() != std::byte{0}) return wrong("has no NUL at its end");
  std::string text;
  std::ranges::transform(data.first(data.size() - 1), std::back_inserter(text),
                         [](std::byte byte) { return static_cast<char>(byte); });
  BULKHEAD_TRY_ASSIGN(message.capabilities, decode_capabilities(text));
  return message;
}

Result<Limits> limits_of(const Capabilities& capabilities) {
  const uint64_t data = capabilities.max_data_xfer_size.value_or(max_data_xfer_size);
  const uint64_t pages = capabilities.pgsizes.value_or(default_pgsizes);
  if (data == 0) return wrong("allows no data in a transfer");
  if (pages == 0) return wrong("allows no page size");
  return Limits{.max_msg_fds = static_cast<uint32_t>(std::min<uint64_t>(
                    capabilities.max_msg_fds.value_or(default_max_msg_fds), our_max_msg_fds)),
                .max_data_xfer_size =
                    static_cast<uint32_t>(std::min<uint64_t>(data, vfio_user::max_data_xfer_size)),
                .max_dma_maps = capabilities.max_dma_maps.value_or(default_max_dma_maps),
                .page_size = uint64_t{1} << static_cast<unsigned>(std::countr_zero(pages))};
}

}  // namespace bulkhead::vfio_user
