#include "bulkhead/driver/e1000e/statistics.hpp"

#include <array>

namespace bulkhead::e1000e {
namespace {

using intel::count;
using intel::count_octets;
using intel::Counter;

constexpr std::array counters{
    Counter{"rx_packets", count<GPRC>},
    Counter{"tx_packets", count<GPTC>},
    Counter{"rx_bytes", count_octets<GORCL, GORCH>},
    Counter{"tx_bytes", count_octets<GOTCL, GOTCH>},
    Counter{"rx_total_bytes", count_octets<TORL, TORH>},
    Counter{"tx_total_bytes", count_octets<TOTL, TOTH>},
    Counter{"rx_crc_errors", count<CRCERRS>},
    Counter{"rx_align_errors", count<ALGNERRC>},
    Counter{"rx_errors", count<RXERRC>},
    Counter{"rx_missed_errors", count<MPC>},
    Counter{"tx_single_coll_ok", count<SCC>},
    Counter{"tx_aborted_errors", count<ECOL>},
    Counter{"tx_multi_coll_ok", count<MCC>},
    Counter{"tx_abort_late_coll", count<LATECOL>},
    Counter{"collisions", count<COLC>},
    Counter{"tx_deferred_ok", count<DC>},
    Counter{"rx_length_errors", count<RLEC>},
    Counter{"rx_size_64_packets", count<PRC64>},
    Counter{"rx_size_65_to_127_packets", count<PRC127>},
    Counter{"rx_size_128_to_255_packets", count<PRC255>},
    Counter{"rx_size_256_to_511_packets", count<PRC511>},
    Counter{"rx_size_512_to_1023_packets", count<PRC1023>},
    Counter{"rx_size_1024_to_max_packets", count<PRC1522>},
    Counter{"rx_broadcast", count<BPRC>},
    Counter{"rx_multicast", count<MPRC>},
    Counter{"rx_no_buffer_count", count<RNBC>},
    Counter{"rx_short_length_errors", count<RUC>},
    Counter{"rx_fragments", count<RFC>},
    Counter{"rx_long_length_errors", count<ROC>},
    Counter{"rx_jabber", count<RJC>},
    Counter{"rx_total_packets", count<TPR>},
    Counter{"tx_total_packets", count<TPT>},
    Counter{"tx_size_64_packets", count<PTC64>},
    Counter{"tx_size_65_to_127_packets", count<PTC127>},
    Counter{"tx_size_128_to_255_packets", count<PTC255>},
    Counter{"tx_size_256_to_511_packets", count<PTC511>},
    Counter{"tx_size_512_to_1023_packets", count<PTC1023>},
    Counter{"tx_size_1024_to_max_packets", count<PTC1522>},
    Counter{"tx_multicast", count<MPTC>},
    Counter{"tx_broadcast", count<BPTC>},
};

}  // namespace

std::span<const Counter> device_counters() {
  return counters;
}

}  // namespace bulkhead::e1000e
