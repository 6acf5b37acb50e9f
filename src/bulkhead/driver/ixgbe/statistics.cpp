#include "bulkhead/driver/ixgbe/statistics.hpp"

#include <array>

namespace bulkhead::ixgbe {
namespace {

using intel::count;
using intel::Counter;

// 36 bits (8.2.3.23.27, .28).
template <class Low, class High>
uint64_t count_octets(Bar& bar) {
  return intel::count_octets<Low, High, 4>(bar);
}

constexpr std::array counters{
    Counter{"rx_packets", count<GPRC>},
    Counter{"tx_packets", count<GPTC>},
    Counter{"rx_bytes", count_octets<GORCL, GORCH>},
    Counter{"tx_bytes", count_octets<GOTCL, GOTCH>},
    Counter{"rx_missed_errors", count<MPC>},
    Counter{"rx_crc_errors", count<CRCERRS>},
    Counter{"rx_illegal_byte_errors", count<ILLERRC>},
    Counter{"rx_error_bytes", count<ERRBC>},
    Counter{"rx_length_errors", count<RLEC>},
    Counter{"rx_undersize", count<RUC>},
    Counter{"rx_fragments", count<RFC>},
    Counter{"rx_oversize", count<ROC>},
    Counter{"rx_jabber", count<RJC>},
    Counter{"rx_broadcast", count<BPRC>},
    Counter{"rx_multicast", count<MPRC>},
    Counter{"tx_broadcast", count<BPTC>},
    Counter{"tx_multicast", count<MPTC>},
    Counter{"rx_total_packets", count<TPR>},
    Counter{"tx_total_packets", count<TPT>},
    Counter{"rx_total_bytes", count_octets<TORL, TORH>},
    Counter{"rx_size_64_packets", count<PRC64>},
    Counter{"rx_size_65_to_127_packets", count<PRC127>},
    Counter{"rx_size_128_to_255_packets", count<PRC255>},
    Counter{"rx_size_256_to_511_packets", count<PRC511>},
    Counter{"rx_size_512_to_1023_packets", count<PRC1023>},
    Counter{"rx_size_1024_to_max_packets", count<PRC1522>},
    Counter{"tx_size_64_packets", count<PTC64>},
    Counter{"tx_size_65_to_127_packets", count<PTC127>},
    Counter{"tx_size_128_to_255_packets", count<PTC255>},
    Counter{"tx_size_256_to_511_packets", count<PTC511>},
    Counter{"tx_size_512_to_1023_packets", count<PTC1023>},
    Counter{"tx_size_1024_to_max_packets", count<PTC1522>},
    Counter{"mac_local_faults", count<MLFC>},
    Counter{"mac_remote_faults", count<MRFC>},
};

}  // namespace

std::span<const Counter> device_counters() {
  return counters;
}

}  // namespace bulkhead::ixgbe
