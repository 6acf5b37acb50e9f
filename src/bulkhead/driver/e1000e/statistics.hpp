// The device's counters, under the names that ethtool -S gives them (datasheet 10.2.7).
#pragma once

#include <span>

#include "bulkhead/driver/e1000e/registers.hpp"
#include "bulkhead/driver/intel/statistics.hpp"

// clang-format off
namespace bulkhead::e1000e {

using CRCERRS   = Register<"CRCERRS", 0x04000, rc, "10.2.7 CRC error count">;
using ALGNERRC  = Register<"ALGNERRC", 0x04004, rc, "10.2.7 alignment error count">;
using RXERRC    = Register<"RXERRC", 0x0400C, rc, "10.2.7 receive error count">;
using MPC       = Register<"MPC",    0x04010, rc, "10.2.7 missed packets: the packet buffer was full">;
using SCC       = Register<"SCC",    0x04014, rc, "10.2.7 single collision count">;
using ECOL      = Register<"ECOL",   0x04018, rc, "10.2.7 excessive collisions count">;
using MCC       = Register<"MCC",    0x0401C, rc, "10.2.7 multiple collision count">;
using LATECOL   = Register<"LATECOL", 0x04020, rc, "10.2.7 late collisions count">;
using COLC      = Register<"COLC",   0x04028, rc, "10.2.7 collision count">;
using DC        = Register<"DC",     0x04030, rc, "10.2.7 defer count">;
using RLEC      = Register<"RLEC",   0x04040, rc, "10.2.7 receive length error count">;
using PRC64     = Register<"PRC64",  0x0405C, rc, "10.2.7 packets received of 64 bytes">;
using PRC127    = Register<"PRC127", 0x04060, rc, "10.2.7 packets received of 65 to 127 bytes">;
using PRC255    = Register<"PRC255", 0x04064, rc, "10.2.7 packets received of 128 to 255 bytes">;
using PRC511    = Register<"PRC511", 0x04068, rc, "10.2.7 packets received of 256 to 511 bytes">;
using PRC1023   = Register<"PRC1023", 0x0406C, rc, "10.2.7 packets received of 512 to 1,023 bytes">;
using PRC1522   = Register<"PRC1522", 0x04070, rc, "10.2.7 packets received of 1,024 bytes to the maximum">;
using GPRC      = Register<"GPRC",   0x04074, rc, "10.2.7 good packets received">;
using BPRC      = Register<"BPRC",   0x04078, rc, "10.2.7 broadcast packets received">;
using MPRC      = Register<"MPRC",   0x0407C, rc, "10.2.7 multicast packets received">;
using GPTC      = Register<"GPTC",   0x04080, rc, "10.2.7 good packets transmitted">;
using GORCL     = Register<"GORCL",  0x04088, rc, "10.2.7 good octets received, low">;
using GORCH     = Register<"GORCH",  0x0408C, rc, "10.2.7 good octets received, high">;
using GOTCL     = Register<"GOTCL",  0x04090, rc, "10.2.7 good octets transmitted, low">;
using GOTCH     = Register<"GOTCH",  0x04094, rc, "10.2.7 good octets transmitted, high">;
using RNBC      = Register<"RNBC",   0x040A0, rc, "10.2.7 receive no buffers count">;
using RUC       = Register<"RUC",    0x040A4, rc, "10.2.7 receive undersize count">;
using RFC       = Register<"RFC",    0x040A8, rc, "10.2.7 receive fragment count">;
using ROC       = Register<"ROC",    0x040AC, rc, "10.2.7 receive oversize count">;
using RJC       = Register<"RJC",    0x040B0, rc, "10.2.7 receive jabber count">;
using TORL      = Register<"TORL",   0x040C0, rc, "10.2.7 total octets received, low">;
using TORH      = Register<"TORH",   0x040C4, rc, "10.2.7 total octets received, high">;
using TOTL      = Register<"TOTL",   0x040C8, rc, "10.2.7 total octets transmitted, low">;
using TOTH      = Register<"TOTH",   0x040CC, rc, "10.2.7 total octets transmitted, high">;
using TPR       = Register<"TPR",    0x040D0, rc, "10.2.7 total packets received">;
using TPT       = Register<"TPT",    0x040D4, rc, "10.2.7 total packets transmitted">;
using PTC64     = Register<"PTC64",  0x040D8, rc, "10.2.7 packets transmitted of 64 bytes">;
using PTC127    = Register<"PTC127", 0x040DC, rc, "10.2.7 packets transmitted of 65 to 127 bytes">;
using PTC255    = Register<"PTC255", 0x040E0, rc, "10.2.7 packets transmitted of 128 to 255 bytes">;
using PTC511    = Register<"PTC511", 0x040E4, rc, "10.2.7 packets transmitted of 256 to 511 bytes">;
using PTC1023   = Register<"PTC1023", 0x040E8, rc, "10.2.7 packets transmitted of 512 to 1,023 bytes">;
using PTC1522   = Register<"PTC1522", 0x040EC, rc, "10.2.7 packets transmitted above 1,023 bytes">;
using MPTC      = Register<"MPTC",   0x040F0, rc, "10.2.7 multicast packets transmitted">;
using BPTC      = Register<"BPTC",   0x040F4, rc, "10.2.7 broadcast packets transmitted">;

/// Every register that the driver touches.
using Registers = TableWith<
    CRCERRS, ALGNERRC, RXERRC, MPC, SCC, ECOL, MCC, LATECOL, COLC, DC, RLEC, PRC64, PRC127, PRC255,
    PRC511, PRC1023, PRC1522, GPRC, BPRC, MPRC, GPTC, GORCL, GORCH, GOTCL, GOTCH, RNBC, RUC, RFC, ROC,
    RJC, TORL, TORH, TOTL, TOTH, TPR, TPT, PTC64, PTC127, PTC255, PTC511, PTC1023, PTC1522, MPTC, BPTC>;
// clang-format on

std::span<const intel::Counter> device_counters();

}  // namespace bulkhead::e1000e
