// The published test suite of the RSS hash (Microsoft, "Verifying the RSS Hash Calculation"): what
// its key makes of these flows.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <arpa/inet.h>

namespace bulkhead::driver {

struct RssVector {
  int family;
  std::string source;
  uint16_t source_port;
  std::string destination;
  uint16_t destination_port;
  uint32_t by_addresses;
  uint32_t with_ports;  ///< TCP's
};

inline std::vector<RssVector> published_rss_vectors() {
  return {
      {AF_INET, "66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178},
      {AF_INET, "199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea},
      {AF_INET, "24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a},
      {AF_INET, "38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f},
      {AF_INET, "153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2},
      {AF_INET6, "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d},
      {AF_INET6, "3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf},
      {AF_INET6, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024,
       0x4b61e985, 0x02d1feef}};
}

inline constexpr uint8_t tcp = 6;
inline constexpr uint8_t udp = 17;

/// A frame of such a flow, of 60 or 74 bytes; `header` begins it: addresses, no EtherType.
inline std::vector<std::byte> frame_of(const RssVector& flow, uint8_t protocol,
                                       const std::array<std::byte, 12>& header) {
  std::vector<std::byte> frame(header.begin(), header.end());
  const auto add = [&](auto... bytes) { (frame.push_back(static_cast<std::byte>(bytes)), ...); };
  const auto add_address = [&](const std::string& text) {
    std::array<std::byte, 16> address{};
    ::inet_pton(flow.family, text.c_str(), address.data());
    std::copy_n(address.begin(), flow.family == AF_INET ? 4 : 16, std::back_inserter(frame));
  };
  if (flow.family == AF_INET)
    add(0x08, 0x00, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, protocol, 0, 0);
  else
    add(0x86, 0xDD, 0x60, 0, 0, 0, 0, 20, protocol, 64);
  add_address(flow.source);
  add_address(flow.destination);
  for (const uint16_t port : {flow.source_port, flow.destination_port}) add(port >> 8U, port);
  frame.resize(std::max<size_t>(frame.size() + 16, 60));
  return frame;
}

}  // namespace bulkhead::driver
