// The device's counters, under the names that ethtool -S gives them (datasheet 8.2.3.23).
#pragma once

#include <span>

#include "bulkhead/driver/intel/statistics.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"

// clang-format off
namespace bulkhead::ixgbe {

using CRCERRS   = Register<"CRCERRS",   0x04000, rc, "8.2.3.23.1 CRC error count">;
using ILLERRC   = Register<"ILLERRC",   0x04004, rc, "8.2.3.23.2 illegal byte error count">;
using ERRBC     = Register<"ERRBC",     0x04008, rc, "8.2.3.23.3 error byte count">;
using MPC       = Register<"MPC",       0x03FA0, rc, "8.2.3.23.4 missed packets: the packet buffer was full", Each{8}>;
using MLFC      = Register<"MLFC",      0x04034, rc, "8.2.3.23.5 MAC local fault count">;
using MRFC      = Register<"MRFC",      0x04038, rc, "8.2.3.23.6 MAC remote fault count">;
using RLEC      = Register<"RLEC",      0x04040, rc, "8.2.3.23.7 receive length error count">;
using PRC64     = Register<"PRC64",     0x0405C, rc, "8.2.3.23 packets received of 64 bytes">;
using PRC127    = Register<"PRC127",    0x04060, rc, "8.2.3.23 packets received of 65 to 127 bytes">;
using PRC255    = Register<"PRC255",    0x04064, rc, "8.2.3.23 packets received of 128 to 255 bytes">;
using PRC511    = Register<"PRC511",    0x04068, rc, "8.2.3.23 packets received of 256 to 511 bytes">;
using PRC1023   = Register<"PRC1023",   0x0406C, rc, "8.2.3.23 packets received of 512 to 1,023 bytes">;
using PRC1522   = Register<"PRC1522",   0x04070, rc, "8.2.3.23.23 packets received of 1,024 bytes to the maximum">;
using GPRC      = Register<"GPRC",      0x04074, rc, "8.2.3.23.26 good packets received">;
using BPRC      = Register<"BPRC",      0x04078, rc, "8.2.3.23 broadcast packets received">;
using MPRC      = Register<"MPRC",      0x0407C, rc, "8.2.3.23 multicast packets received">;
using GPTC      = Register<"GPTC",      0x04080, rc, "8.2.3.23.44 good packets transmitted">;
using GORCL     = Register<"GORCL",     0x04088, rc, "8.2.3.23.27 good octets received, low">;
using GORCH     = Register<"GORCH",     0x0408C, rc, "8.2.3.23.28 good octets received, high">;
using GOTCL     = Register<"GOTCL",     0x04090, rc, "8.2.3.23.45 good octets transmitted, low">;
using GOTCH     = Register<"GOTCH",     0x04094, rc, "8.2.3.23.46 good octets transmitted, high">;
using RUC       = Register<"RUC",       0x040A4, rc, "8.2.3.23.50 receive undersize count">;
using RFC       = Register<"RFC",       0x040A8, rc, "8.2.3.23.51 receive fragment count">;
using ROC       = Register<"ROC",       0x040AC, rc, "8.2.3.23.52 receive oversize count">;
using RJC       = Register<"RJC",       0x040B0, rc, "8.2.3.23.53 receive jabber count">;
using TORL      = Register<"TORL",      0x040C0, rc, "8.2.3.23.57 total octets received, low">;
using TORH      = Register<"TORH",      0x040C4, rc, "8.2.3.23.58 total octets received, high">;
using TPR       = Register<"TPR",       0x040D0, rc, "8.2.3.23.59 total packets received">;
using TPT       = Register<"TPT",       0x040D4, rc, "8.2.3.23.60 total packets transmitted">;
using PTC64     = Register<"PTC64",     0x040D8, rc, "8.2.3.23 packets transmitted of 64 bytes">;
using PTC127    = Register<"PTC127",    0x040DC, rc, "8.2.3.23 packets transmitted of 65 to 127 bytes">;
using PTC255    = Register<"PTC255",    0x040E0, rc, "8.2.3.23 packets transmitted of 128 to 255 bytes">;
using PTC511    = Register<"PTC511",    0x040E4, rc, "8.2.3.23 packets transmitted of 256 to 511 bytes">;
using PTC1023   = Register<"PTC1023",   0x040E8, rc, "8.2.3.23 packets transmitted of 512 to 1,023 bytes">;
using PTC1522   = Register<"PTC1522",   0x040EC, rc, "8.2.3.23 packets transmitted above 1,023 bytes">;
using MPTC      = Register<"MPTC",      0x040F0, rc, "8.2.3.23 multicast packets transmitted">;
using BPTC      = Register<"BPTC",      0x040F4, rc, "8.2.3.23 broadcast packets transmitted">;

/// Every register that the driver touches.
using Registers = TableWith<
    CRCERRS, ILLERRC, ERRBC, MPC, MLFC, MRFC, RLEC, PRC64, PRC127, PRC255, PRC511, PRC1023, PRC1522, GPRC,
    BPRC, MPRC, GPTC, GORCL, GORCH, GOTCL, GOTCH, RUC, RFC, ROC, RJC, TORL, TORH, TPR, TPT, PTC64, PTC127,
    PTC255, PTC511, PTC1023, PTC1522, MPTC, BPTC>;
// clang-format on

std::span<const intel::Counter> device_counters();

}  // namespace bulkhead::ixgbe
