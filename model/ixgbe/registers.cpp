#include "model/ixgbe/registers.hpp"

#include <algorithm>
#include <array>

#include "model/ixgbe/statistic_lines.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr auto RO = Access::read_only;
constexpr auto WO = Access::write_only;
constexpr auto RW = Access::read_write;
constexpr auto RC = Access::read_to_clear;
constexpr auto W1C = Access::write_1_to_clear;
constexpr uint32_t all = 0xFFFFFFFF;

// name, offset, count, stride, access, reset value, writable bits, datasheet section
constexpr std::array plain_lines{
    // General control, 8.2.3.1
    Register{"CTRL", 0x00000, 1, 4, RW, 0, 0x0400000C, "8.2.3.1"},
    Register{"STATUS", 0x00008, 1, 4, RO, 0x00080000, 0, "8.2.3.1"},
    Register{"CTRL_EXT", 0x00018, 1, 4, RW, 0, 0x1C03C000, "8.2.3.1"},
    Register{"ESDP", 0x00020, 1, 4, RW, 0, all, "8.2.3.1"},
    Register{"I2CCTL", 0x00028, 1, 4, RW, 0x0000000A, 0x0000000A, "8.2.3.1"},
    Register{"FRTIMER", 0x00048, 1, 4, RO, 0, 0, "8.2.3.19"},
    Register{"TCPTIMER", 0x0004C, 1, 4, RW, 0, 0x7FF, "8.2.3.19"},
    Register{"LEDCTL", 0x00200, 1, 4, RW, 0, all, "8.2.3.1"},
    Register{"CORESPARE", 0x00600, 1, 4, RW, 0, all, "8.2.3.1"},
    // Interrupts, 8.2.3.5
    Register{"EICR", 0x00800, 1, 4, W1C, 0, 0x7FFFFFFF, "8.2.3.5"},
    Register{"EICS", 0x00808, 1, 4, WO, 0, 0x7FFFFFFF, "8.2.3.5"},
    Register{"EIAC", 0x00810, 1, 4, RW, 0, 0x7FFFFFFF, "8.2.3.5"},
    Register{"EITR", 0x00820, 24, 4, RW, 0, 0x801FFFF8, "8.2.3.5"},
    Register{"EIMS", 0x00880, 1, 4, RW, 0, 0x7FFFFFFF, "8.2.3.5"},
    Register{"EIMC", 0x00888, 1, 4, WO, 0, 0x7FFFFFFF, "8.2.3.5"},
    Register{"EIAM", 0x00890, 1, 4, RW, 0, 0x7FFFFFFF, "8.2.3.5"},
    Register{"EITRSEL", 0x00894, 1, 4, RW, 0, all, "8.2.3.5"},
    Register{"GPIE", 0x00898, 1, 4, RW, 0, 0xC000FFFF, "8.2.3.5"},
    Register{"IVAR", 0x00900, 64, 4, RW, 0, 0xBFBFBFBF, "8.2.3.5"},
    Register{"IVAR_MISC", 0x00A00, 1, 4, RW, 0, 0x0000BFBF, "8.2.3.5"},
    Register{"EICS_EX", 0x00A90, 2, 4, WO, 0, all, "8.2.3.5"},
    Register{"EIMS_EX", 0x00AA0, 2, 4, RW, 0, all, "8.2.3.5"},
    Register{"EIMC_EX", 0x00AB0, 2, 4, WO, 0, all, "8.2.3.5"},
    Register{"EIAM_EX", 0x00AD0, 2, 4, RW, 0, all, "8.2.3.5"},
    Register{"EITR_HIGH", 0x12300, 104, 4, RW, 0, 0x801FFFF8, "8.2.3.5"},
    // Receive DMA, 8.2.3.8
    Register{"RDBAL", 0x01000, 64, 0x40, RW, 0, 0xFFFFFF80, "8.2.3.8"},
    Register{"RDBAH", 0x01004, 64, 0x40, RW, 0, all, "8.2.3.8"},
    Register{"RDLEN", 0x01008, 64, 0x40, RW, 0, 0x000FFF80, "8.2.3.8"},
    Register{"DCA_RXCTRL", 0x0100C, 64, 0x40, RW, 0x0000B200, all, "8.2.3.11"},
    Register{"RDH", 0x01010, 64, 0x40, RW, 0, 0xFFFF, "8.2.3.8"},
    Register{"SRRCTL", 0x01014, 64, 0x40, RW, 0x00000402, all, "8.2.3.8"},
    Register{"RDT", 0x01018, 64, 0x40, RW, 0, 0xFFFF, "8.2.3.8"},
    Register{"RXDCTL", 0x01028, 64, 0x40, RW, 0, all, "8.2.3.8"},
    Register{"RSCCTL", 0x0102C, 64, 0x40, RW, 0, 0xF, "8.2.3.8"},
    Register{"QPRC", 0x01030, 16, 0x40, RC, 0, 0, "8.2.3.23"},
    Register{"QBRC_L", 0x01034, 16, 0x40, RC, 0, 0, "8.2.3.23"},
    Register{"QBRC_H", 0x01038, 16, 0x40, RC, 0, 0, "8.2.3.23"},
    Register{"QPRDC", 0x01430, 16, 0x40, RC, 0, 0, "8.2.3.23"},
    Register{"RDBAL", 0x0D000, 64, 0x40, RW, 0, 0xFFFFFF80, "8.2.3.8"},
    Register{"RDBAH", 0x0D004, 64, 0x40, RW, 0, all, "8.2.3.8"},
    Register{"RDLEN", 0x0D008, 64, 0x40, RW, 0, 0x000FFF80, "8.2.3.8"},
    Register{"DCA_RXCTRL", 0x0D00C, 64, 0x40, RW, 0x0000B200, all, "8.2.3.11"},
    Register{"RDH", 0x0D010, 64, 0x40, RW, 0, 0xFFFF, "8.2.3.8"},
    Register{"SRRCTL", 0x0D014, 64, 0x40, RW, 0x00000402, all, "8.2.3.8"},
    Register{"RDT", 0x0D018, 64, 0x40, RW, 0, 0xFFFF, "8.2.3.8"},
    Register{"RXDCTL", 0x0D028, 64, 0x40, RW, 0, all, "8.2.3.8"},
    Register{"RSCCTL", 0x0D02C, 64, 0x40, RW, 0, 0xF, "8.2.3.8"},
    Register{"RQSMR", 0x02300, 32, 4, RW, 0, 0x0F0F0F0F, "8.2.3.23"},
    // DMAIDONE is set as soon as anybody can look; RSCFRSTSIZE is 8.
    Register{"RDRXCTL", 0x02F00, 1, 4, RW, 0x00108808, 0x3FBFF7E6, "8.2.3.8"},
    Register{"RSCDBU", 0x03028, 1, 4, RW, 0, all, "8.2.3.8"},
    Register{"RXDGPC", 0x02F50, 1, 4, RC, 0, 0, "8.2.3.23"},
    Register{"RXDGBCL", 0x02F54, 1, 4, RC, 0, 0, "8.2.3.23"},
    Register{"RXDGBCH", 0x02F58, 1, 4, RC, 0, 0, "8.2.3.23"},
    Register{"RXCTRL", 0x03000, 1, 4, RW, 0, 0x1, "8.2.3.8"},
    Register{"RTRUP2TC", 0x03020, 1, 4, RW, 0, all, "8.2.3.10"},
    Register{"RXMEMWRAP", 0x03190, 1, 4, RO, 0x88888888, 0, "8.2.3.8"},
    Register{"RXPBSIZE", 0x03C00, 8, 4, RW, 0x00080000, 0x000FFC00, "8.2.3.8"},
    // Flow control, 8.2.3.3
    Register{"PFCTOP", 0x03008, 1, 4, RW, 0x00018808, all, "8.2.3.3"},
    Register{"FCTTV", 0x03200, 4, 4, RW, 0, all, "8.2.3.3"},
    Register{"FCRTL", 0x03220, 8, 4, RW, 0, all, "8.2.3.3"},
    Register{"FCRTH", 0x03260, 8, 4, RW, 0, all, "8.2.3.3"},
    Register{"FCRTV", 0x032A0, 1, 4, RW, 0, all, "8.2.3.3"},
    Register{"FCCFG", 0x03D00, 1, 4, RW, 0, 0x18, "8.2.3.3"},
    Register{"TFCS", 0x0CE00, 1, 4, RO, 0, 0, "8.2.3.3"},
    // MAC and link, 8.2.3.22
    Register{"PCS1GLCTL", 0x04208, 1, 4, RW, 0, all, "8.2.3.22"},
    Register{"PCS1GLSTA", 0x0420C, 1, 4, RO, 0, 0, "8.2.3.22"},
    Register{"PCS1GANA", 0x04218, 1, 4, RW, 0, all, "8.2.3.22"},
    Register{"HLREG0", 0x04240, 1, 4, RW, 0x08010C03, 0x1FF7FFFF, "8.2.3.22"},
    Register{"HLREG1", 0x04244, 1, 4, RO, 0x00000011, 0, "8.2.3.22"},
    Register{"PAP", 0x04248, 1, 4, RW, 0x0000FFFF, all, "8.2.3.22"},
    Register{"MSCA", 0x0425C, 1, 4, RW, 0, all, "8.2.3.22"},
    Register{"MSRWD", 0x04260, 1, 4, RW, 0, 0x0000FFFF, "8.2.3.22"},
    Register{"MAXFRS", 0x04268, 1, 4, RW, 0x05EE0000, 0xFFFF0000, "8.2.3.22"},
    Register{"MFLCN", 0x04294, 1, 4, RW, 0, 0xF, "8.2.3.22"},
    // LMS: 10G serial for an SFP+ card (the model sets it), KX4/KX/KR with AN otherwise.
    Register{"AUTOC", 0x042A0, 1, 4, RW, 0xC09C8004, all, "8.2.3.22"},
    Register{"LINKS", 0x042A4, 1, 4, RO, 0, 0, "8.2.3.22"},
    Register{"AUTOC2", 0x042A8, 1, 4, RW, 0x00020000, all, "8.2.3.22"},
    // The state of the autonegotiation's arbiter is never 0 once it has been let go.
    Register{"ANLP1", 0x042B0, 1, 4, RO, 0x00010000, 0, "8.2.3.22"},
    Register{"ANLP2", 0x042B4, 1, 4, RO, 0, 0, "8.2.3.22"},
    Register{"MMNGC", 0x042D0, 1, 4, RO, 0, 0, "8.2.3.22"},
    Register{"LINKS2", 0x04324, 1, 4, RO, 0, 0, "8.2.3.22"},
    Register{"MACC", 0x04330, 1, 4, RW, 0, all, "8.2.3.22"},
    Register{"CORECTL", 0x14F00, 1, 4, RW, 0, 0x0001FFFF, "8.2.3.22"},
    // Receive, 8.2.3.7
    Register{"RXCSUM", 0x05000, 1, 4, RW, 0, 0x3000, "8.2.3.7"},
    Register{"RFCTL", 0x05008, 1, 4, RW, 0, all, "8.2.3.7"},
    Register{"FCTRL", 0x05080, 1, 4, RW, 0, 0x00000702, "8.2.3.7"},
    Register{"VLNCTRL", 0x05088, 1, 4, RW, 0x00008100, 0xF000FFFF, "8.2.3.7"},
    Register{"MCSTCTRL", 0x05090, 1, 4, RW, 0, 0x7, "8.2.3.7"},
    Register{"ETQF", 0x05128, 8, 4, RW, 0, all, "8.2.3.7"},
    Register{"MTA", 0x05200, 128, 4, RW, 0, all, "8.2.3.7"},
    Register{"PFVTCTL", 0x051B0, 1, 4, RW, 0, all, "8.2.3.27"},
    Register{"MRQC", 0x05818, 1, 4, RW, 0, 0xFFFF000F, "8.2.3.7"},
    Register{"RETA", 0x05C00, 32, 4, RW, 0, 0x0F0F0F0F, "8.2.3.7"},
    Register{"RSSRK", 0x05C80, 10, 4, RW, 0, all, "8.2.3.7"},
    Register{"VFTA", 0x0A000, 128, 4, RW, 0, all, "8.2.3.7"},
    Register{"RAL", 0x0A200, 128, 8, RW, 0, all, "8.2.3.7"},
    Register{"RAH", 0x0A204, 128, 8, RW, 0, 0x8000FFFF, "8.2.3.7"},
    Register{"MPSAR", 0x0A600, 256, 4, RW, 0, all, "8.2.3.7"},
    Register{"ETQS", 0x0EC00, 8, 4, RW, 0, 0xA07F0000, "8.2.3.7.22"},
    Register{"FTQF", 0x0E600, 128, 4, RW, 0, 0xFE003F1F, "8.2.3.7"},
    Register{"PSRTYPE", 0x0EA00, 64, 4, RW, 0, all, "8.2.3.7"},
    // Flow director, 8.2.3.21
    Register{"FDIRCTRL", 0x0EE00, 1, 4, RW, 0, 0xFF1F7FB3, "8.2.3.21.1"},
    Register{"FDIRSIPV6", 0x0EE0C, 3, 4, RW, 0, all, "8.2.3.21.16"},
    Register{"FDIRIPSA", 0x0EE18, 1, 4, RW, 0, all, "8.2.3.21.17"},
    Register{"FDIRIPDA", 0x0EE1C, 1, 4, RW, 0, all, "8.2.3.21.18"},
    Register{"FDIRPORT", 0x0EE20, 1, 4, RW, 0, all, "8.2.3.21.19"},
    Register{"FDIRVLAN", 0x0EE24, 1, 4, RW, 0, all, "8.2.3.21.20"},
    Register{"FDIRHASH", 0x0EE28, 1, 4, RW, 0, 0x7FFFFFFF, "8.2.3.21.21"},
    Register{"FDIRCMD", 0x0EE2C, 1, 4, RW, 0, 0x3F7F8FFB, "8.2.3.21.22"},
    Register{"FDIRFREE", 0x0EE38, 1, 4, RO, 0, 0, "8.2.3.21.10"},
    Register{"FDIRDIP4M", 0x0EE3C, 1, 4, RW, 0, all, "8.2.3.21.4"},
    Register{"FDIRSIP4M", 0x0EE40, 1, 4, RW, 0, all, "8.2.3.21.5"},
    Register{"FDIRTCPM", 0x0EE44, 1, 4, RW, 0, all, "8.2.3.21.6"},
    Register{"FDIRUDPM", 0x0EE48, 1, 4, RW, 0, all, "8.2.3.21.7"},
    Register{"FDIRLEN", 0x0EE4C, 1, 4, RC, 0, 0, "8.2.3.21.11"},
    Register{"FDIRUSTAT", 0x0EE50, 1, 4, RC, 0, 0, "8.2.3.21.12"},
    Register{"FDIRFSTAT", 0x0EE54, 1, 4, RC, 0, 0, "8.2.3.21.13"},
    Register{"FDIRMATCH", 0x0EE58, 1, 4, RC, 0, 0, "8.2.3.21.14"},
    Register{"FDIRMISS", 0x0EE5C, 1, 4, RC, 0, 0, "8.2.3.21.15"},
    Register{"FDIRHKEY", 0x0EE68, 1, 4, RW, 0, all, "8.2.3.21.2"},
    Register{"FDIRSKEY", 0x0EE6C, 1, 4, RW, 0, all, "8.2.3.21.3"},
    Register{"FDIRM", 0x0EE70, 1, 4, RW, 0, 0x3F, "8.2.3.21.9"},
    Register{"FDIRIP6M", 0x0EE74, 1, 4, RW, 0, all, "8.2.3.21.8"},
    Register{"FDIRSCTPM", 0x0EE78, 1, 4, RW, 0, all, "8.2.3.21"},
    // Time stamps: registers that keep what they are told. No time passes.
    Register{"RXMTRL", 0x05120, 1, 4, RW, 0, all, "8.2.3.26"},
    Register{"TSYNCRXCTL", 0x05188, 1, 4, RW, 0, 0x1E, "8.2.3.26"},
    Register{"RXSTMPL", 0x051E8, 1, 4, RO, 0, 0, "8.2.3.26"},
    Register{"RXSTMPH", 0x051A4, 1, 4, RO, 0, 0, "8.2.3.26"},
    Register{"TSYNCTXCTL", 0x08C00, 1, 4, RW, 0, 0x10, "8.2.3.26"},
    Register{"TXSTMPL", 0x08C04, 1, 4, RO, 0, 0, "8.2.3.26"},
    Register{"TXSTMPH", 0x08C08, 1, 4, RO, 0, 0, "8.2.3.26"},
    Register{"SYSTIML", 0x08C0C, 1, 4, RW, 0, all, "8.2.3.26"},
    Register{"SYSTIMH", 0x08C10, 1, 4, RW, 0, all, "8.2.3.26"},
    Register{"TIMINCA", 0x08C14, 1, 4, RW, 0, all, "8.2.3.26"},
    // Pools, 8.2.3.27
    Register{"PFDTXGSWC", 0x08220, 1, 4, RW, 0, 0x1, "8.2.3.27.12"},
    Register{"PFVML2FLT", 0x0F000, 64, 4, RW, 0, 0x1F000000, "8.2.3.27.14"},
    Register{"PFVLVF", 0x0F100, 64, 4, RW, 0, 0x80000FFF, "8.2.3.27"},
    Register{"PFVLVFB", 0x0F200, 128, 4, RW, 0, all, "8.2.3.27"},
    Register{"PFUTA", 0x0F400, 128, 4, RW, 0, all, "8.2.3.27"},
    // Transmit DMA, 8.2.3.9
    Register{"RTTDCS", 0x04900, 1, 4, RW, 0x00C00000, all, "8.2.3.10"},
    Register{"RTTDQSEL", 0x04904, 1, 4, RW, 0, 0x7F, "8.2.3.10"},
    Register{"RTTDT1C", 0x04908, 1, 4, RW, 0, all, "8.2.3.10"},
    Register{"RTTBCNRC", 0x04984, 1, 4, RW, 0, all, "8.2.3.10"},
    // The first is 0x96 after reset: the model sets it.
    Register{"TXPBTHRESH", 0x04950, 8, 4, RW, 0, 0x3FF, "8.2.3.9"},
    Register{"DMATXCTL", 0x04A80, 1, 4, RW, 0x81000000, 0xFFFF000F, "8.2.3.9"},
    // FIN and PSH only in the last segment, CWR only in the first.
    Register{"DTXTCPFLGL", 0x04A88, 1, 4, RW, 0x0F760FF6, 0x0FFF0FFF, "8.2.3.9.3"},
    Register{"DTXTCPFLGH", 0x04A8C, 1, 4, RW, 0x00000F7F, 0x0FFF, "8.2.3.9.4"},
    Register{"TDBAL", 0x06000, 128, 0x40, RW, 0, 0xFFFFFF80, "8.2.3.9"},
    Register{"TDBAH", 0x06004, 128, 0x40, RW, 0, all, "8.2.3.9"},
    Register{"TDLEN", 0x06008, 128, 0x40, RW, 0, 0x000FFF80, "8.2.3.9"},
    Register{"DCA_TXCTRL", 0x0600C, 128, 0x40, RW, 0x00002A00, all, "8.2.3.11"},
    Register{"TDH", 0x06010, 128, 0x40, RW, 0, 0xFFFF, "8.2.3.9"},
    Register{"TDT", 0x06018, 128, 0x40, RW, 0, 0xFFFF, "8.2.3.9"},
    Register{"TXDCTL", 0x06028, 128, 0x40, RW, 0, all, "8.2.3.9"},
    Register{"TDWBAL", 0x06038, 128, 0x40, RW, 0, 0xFFFFFFFD, "8.2.3.9"},
    Register{"TDWBAH", 0x0603C, 128, 0x40, RW, 0, all, "8.2.3.9"},
    Register{"DTXMXSZRQ", 0x08100, 1, 4, RW, 0x00000010, 0xFFF, "8.2.3.9"},
    Register{"MTQC", 0x08120, 1, 4, RW, 0, 0xF, "8.2.3.9"},
    Register{"TQSM", 0x08600, 32, 4, RW, 0, 0x0F0F0F0F, "8.2.3.23"},
    Register{"TXPBSIZE", 0x0CC00, 8, 4, RW, 0x00028000, 0x000FFC00, "8.2.3.9"},
    Register{"MNGTXMAP", 0x0CD10, 1, 4, RW, 0, 0x7, "8.2.3.9"},
    // Security, 8.2.3.12
    Register{"SECTXCTRL", 0x08800, 1, 4, RW, 0, 0x7, "8.2.3.12"},
    Register{"SECTXSTAT", 0x08804, 1, 4, RO, 0, 0, "8.2.3.12"},
    Register{"SECTXBUFFAF", 0x08808, 1, 4, RW, 0x00000250, 0x3FF, "8.2.3.12"},
    Register{"SECTXMINIFG", 0x08810, 1, 4, RW, 0x00001001, 0x1F0F, "8.2.3.12"},
    // SECRX_DIS is set, which only says that nothing is to be decrypted; RX_DIS is not.
    Register{"SECRXCTRL", 0x08D00, 1, 4, RW, 0x00000001, 0x3, "8.2.3.12"},
    Register{"SECRXSTAT", 0x08D04, 1, 4, RO, 0, 0, "8.2.3.12"},
    // Wake up, 8.2.3.24
    Register{"WUC", 0x05800, 1, 4, RW, 0, all, "8.2.3.24"},
    Register{"WUFC", 0x05808, 1, 4, RW, 0, all, "8.2.3.24"},
    Register{"WUS", 0x05810, 1, 4, W1C, 0, all, "8.2.3.24"},
    // NVM and semaphores, 8.2.3.2 and 8.2.3.4
    // FWE is 01b: the flash cannot be written.
    Register{"EEC", 0x10010, 1, 4, RW, 0x00003310, 0x00000077, "8.2.3.2"},
    Register{"EERD", 0x10014, 1, 4, RW, 0x00000002, 0x0000FFFD, "8.2.3.2"},
    Register{"FLA", 0x1001C, 1, 4, RW, 0, 0x2F, "8.2.3.2"},
    Register{"EEMNGCTL", 0x10110, 1, 4, RW, 0x00040000, 0x0003FFFF, "8.2.3.2"},
    Register{"SWSM", 0x10140, 1, 4, RW, 0, 0x7, "8.2.3.4"},
    // There is firmware, and it manages nothing.
    Register{"FWSM", 0x10148, 1, 4, RO, 0x00008000, 0, "8.2.3.4"},
    Register{"FACTPS", 0x10150, 1, 4, RO, 0, 0, "8.2.3.4"},
    Register{"SW_FW_SYNC", 0x10160, 1, 4, RW, 0, all, "8.2.3.4"},
    Register{"GRC", 0x10200, 1, 4, RO, 0, 0, "8.2.3.2"},
    // HICR.EN is clear: the firmware takes no commands.
    Register{"HICR", 0x15F00, 1, 4, RO, 0, 0, "8.2.3.4"},
    Register{"FWSTS", 0x15F0C, 1, 4, W1C, 0, all, "8.2.3.4"},
    // PCIe, 8.2.3.4
    Register{"DCA_CTRL", 0x11074, 1, 4, RW, 0x1, 0x1F, "8.2.3.11.4"},
    Register{"GCR", 0x11000, 1, 4, RW, 0, all, "8.2.3.4"},
    Register{"GCR_EXT", 0x11050, 1, 4, RW, 0, all, "8.2.3.4"},
    Register{"PBACL", 0x110C0, 8, 4, W1C, 0, all, "8.2.3.6"},
    Register{"MREVID", 0x11064, 1, 4, RO, 0x00000001, 0, "8.2.3.4"},
    Register{"PICAUSE", 0x110B0, 1, 4, W1C, 0, all, "8.2.3.4"},
    Register{"PIENA", 0x110B8, 1, 4, RW, 0, all, "8.2.3.4"},
};

consteval auto all_lines() {
  std::array<Register, plain_lines.size() + statistic_lines.size()> joined{};
  const auto middle = std::ranges::copy(plain_lines, joined.begin()).out;
  std::ranges::copy(statistic_lines, middle);
  return joined;
}
constexpr auto lines = all_lines();

constexpr std::array second_addresses{
    Alias{"DCA_RXCTRL", 0x02200, 16, 4, 0x0100C, 0x40},
    Alias{"SRRCTL", 0x02100, 16, 4, 0x01014, 0x40},
    Alias{"RAL", 0x05400, 16, 8, 0x0A200, 8},
    Alias{"RAH", 0x05404, 16, 8, 0x0A204, 8},
    Alias{"PSRTYPE", 0x05480, 16, 4, 0x0EA00, 4},
    Alias{"QPTC", 0x06030, 16, 0x40, 0x08680, 4},
    Alias{"RETA", 0x0EB00, 32, 4, 0x05C00, 4},
    Alias{"RSSRK", 0x0EB80, 10, 4, 0x05C80, 4},
    Alias{"MRQC", 0x0EC80, 1, 4, 0x05818, 4},
};

/// For each word of the BAR: 0, or 1 + the line that holds it.
using LineNumbers = std::array<uint16_t, bar0_size / 4>;

consteval bool offsets_are_distinct_and_inside() {
  std::array<bool, bar0_size / 4> taken{};
  for (const auto& line : lines) {
    for (uint32_t i = 0; i < line.count; ++i) {
      const uint32_t offset = line.offset + i * line.stride;
      if (offset % 4 != 0 || offset >= bar0_size || taken.at(offset / 4)) return false;
      taken.at(offset / 4) = true;
    }
  }
  for (const auto& alias : second_addresses) {
    for (uint32_t i = 0; i < alias.count; ++i) {
      const uint32_t offset = alias.offset + i * alias.stride;
      if (taken.at(offset / 4)) return false;
      taken.at(offset / 4) = true;
    }
  }
  return true;
}
static_assert(offsets_are_distinct_and_inside());

constexpr LineNumbers make_index() {
  LineNumbers index{};
  for (size_t n = 0; n < lines.size(); ++n)
    for (uint32_t i = 0; i < lines.at(n).count; ++i)
      index.at((lines.at(n).offset + i * lines.at(n).stride) / 4) = static_cast<uint16_t>(n + 1);
  return index;
}

}  // namespace

std::span<const Register> book() {
  return lines;
}

std::span<const Alias> aliases() {
  return second_addresses;
}

const Register* find_register(uint32_t offset) {
  static constexpr LineNumbers index = make_index();
  if (offset >= bar0_size) return nullptr;
  const uint16_t number = index.at(offset / 4);
  return number == 0 ? nullptr : &lines.at(number - 1U);
}

uint32_t resolve_alias(uint32_t offset) {
  for (const auto& alias : second_addresses) {
    const uint32_t distance = offset - alias.offset;  // wraps below, and then is too far
    if (distance < alias.count * alias.stride && distance % alias.stride == 0)
      return alias.target_offset + distance / alias.stride * alias.target_stride;
  }
  return offset;
}

}  // namespace bulkhead::model::ixgbe
