// The registers of the Intel 82599 that the driver uses, and their fields. Sections are those of
// the 82599 datasheet (Intel, document 331520), as far as docs/datasheet.md can confirm them; the
// X540 and X550 keep these registers where they are.
#pragma once

#include "bulkhead/driver/intel/bar.hpp"
#include "bulkhead/regs/register.hpp"
#include "bulkhead/regs/table.hpp"

// clang-format off
namespace bulkhead::ixgbe {

using regs::Each;
using regs::Field;
using regs::Register;
inline constexpr auto ro = regs::Access::read_only;
inline constexpr auto rw = regs::Access::read_write;
inline constexpr auto wo = regs::Access::write_only;
inline constexpr auto rc = regs::Access::read_to_clear;

using intel::bar_size;  // 8.1
/// Queue pairs of which both ends' registers lie in one page each: 0x1000 (rx) and 0x6000 (tx).
inline constexpr uint32_t most_queues = 64;

// General, 8.2.3.1 and 8.2.3.2
using CTRL        = Register<"CTRL",        0x00000, rw, "8.2.3.1.1 device control">;
using STATUS      = Register<"STATUS",      0x00008, ro, "8.2.3.1.2 device status">;
using CTRL_EXT    = Register<"CTRL_EXT",    0x00018, rw, "8.2.3.1.3 extended device control">;
using EEC         = Register<"EEC",         0x10010, rw, "8.2.3.2.1 EEPROM/flash control">;
using GCR_EXT     = Register<"GCR_EXT",     0x11050, rw, "8.2.3.4 PCIe control extended">;
using FCRTH       = Register<"FCRTH",       0x03260, rw, "8.2.3.3.4 flow control receive threshold high", Each{8}>;
namespace ctrl     { inline constexpr Field<CTRL, 2> MASTER_DISABLE; inline constexpr Field<CTRL, 3> LRST; inline constexpr Field<CTRL, 26> RST; }
namespace status   { inline constexpr Field<STATUS, 19> MASTER_ENABLE; }
namespace ctrl_ext { inline constexpr Field<CTRL_EXT, 16> NS_DIS; inline constexpr Field<CTRL_EXT, 28> DRV_LOAD; }
namespace gcr_ext  { inline constexpr Field<GCR_EXT, 30> BUFFERS_CLEAR; }
namespace fcrth    { inline constexpr Field<FCRTH, 18, 5> RTH; }
namespace eec      { inline constexpr Field<EEC, 9> AUTO_RD; }

// Interrupts, 8.2.3.5
using EIMC        = Register<"EIMC",        0x00888, wo, "8.2.3.5.4 extended interrupt mask clear">;

using EIMC_EX     = Register<"EIMC_EX",     0x00AB0, wo, "8.2.3.5.9 extended interrupt mask clear, by vector", Each{2}>;
using EIMS_EX     = Register<"EIMS_EX",     0x00AA0, rw, "8.2.3.5.8 extended interrupt mask set, by vector", Each{2}>;
using EIAC        = Register<"EIAC",        0x00810, rw, "8.2.3.5.5 extended interrupt auto clear">;
using EITR        = Register<"EITR",        0x00820, rw, "8.2.3.5.12 extended interrupt throttle, vectors 0 to 23", Each{24}>;
using EITR_HIGH   = Register<"EITR_HIGH",   0x12300, rw, "8.2.3.5.12 extended interrupt throttle, vectors 24 to 127", Each{104}>;
using IVAR        = Register<"IVAR",        0x00900, rw, "8.2.3.5.16 interrupt vector allocation", Each{64}>;
using GPIE        = Register<"GPIE",        0x00898, rw, "8.2.3.5.18 general purpose interrupt enable">;
namespace gpie      { inline constexpr Field<GPIE, 4> MULTIPLE_MSIX; inline constexpr Field<GPIE, 5> OCD; inline constexpr Field<GPIE, 31> PBA_SUPPORT; }
namespace eitr      { inline constexpr Field<EITR, 11, 3> ITR_INTERVAL; inline constexpr Field<EITR, 31> CNT_WDIS; }
namespace eitr_high { inline constexpr Field<EITR_HIGH, 11, 3> ITR_INTERVAL; inline constexpr Field<EITR_HIGH, 31> CNT_WDIS; }
namespace ivar      { inline constexpr Field<IVAR, 5, 0> RX_EVEN; inline constexpr Field<IVAR, 7> RX_EVEN_VALID; inline constexpr Field<IVAR, 21, 16> RX_ODD; inline constexpr Field<IVAR, 23> RX_ODD_VALID; }

// Receive, 8.2.3.7 and 8.2.3.8
using FCTRL       = Register<"FCTRL",       0x05080, rw, "8.2.3.7.1 filter control">;
using VLNCTRL     = Register<"VLNCTRL",     0x05088, rw, "8.2.3.7.2 VLAN control">;
using MCSTCTRL    = Register<"MCSTCTRL",    0x05090, rw, "8.2.3.7.3 multicast control">;
using RXCSUM      = Register<"RXCSUM",      0x05000, rw, "8.2.3.7.5 receive checksum control">;
using MTA         = Register<"MTA",         0x05200, rw, "8.2.3.7.7 multicast table array", Each{128}>;
using RAL         = Register<"RAL",         0x0A200, rw, "8.2.3.7.8 receive address low", Each{128, 8}>;
using RAH         = Register<"RAH",         0x0A204, rw, "8.2.3.7.9 receive address high", Each{128, 8}>;
using MPSAR       = Register<"MPSAR",       0x0A600, rw, "8.2.3.7.10 MAC pool select array", Each{256}>;
using VFTA        = Register<"VFTA",        0x0A000, rw, "8.2.3.7.11 VLAN filter table array", Each{128}>;
using FTQF        = Register<"FTQF",        0x0E600, rw, "8.2.3.7.19 five-tuple queue filter", Each{128}>;
using PFVLVF      = Register<"PFVLVF",      0x0F100, rw, "8.2.3.27.15 VLAN pool filter", Each{64}>;
using PFVLVFB     = Register<"PFVLVFB",     0x0F200, rw, "8.2.3.27.16 VLAN pool filter bitmap", Each{128}>;
using PFUTA       = Register<"PFUTA",       0x0F400, rw, "8.2.3.27.12 unicast table array", Each{128}>;
using MRQC        = Register<"MRQC",        0x05818, rw, "8.2.3.7.12 multiple receive queues command">;
using RETA        = Register<"RETA",        0x05C00, rw, "8.2.3.7.13 redirection table", Each{32}>;
using RSSRK       = Register<"RSSRK",       0x05C80, rw, "8.2.3.7.14 RSS random key", Each{10}>;
using RDBAL       = Register<"RDBAL",       0x01000, rw, "8.2.3.8.1 receive descriptor base address low", Each{most_queues, 0x40}>;
using RDBAH       = Register<"RDBAH",       0x01004, rw, "8.2.3.8.2 receive descriptor base address high", Each{most_queues, 0x40}>;
using RDLEN       = Register<"RDLEN",       0x01008, rw, "8.2.3.8.3 receive descriptor length", Each{most_queues, 0x40}>;
using RDH         = Register<"RDH",         0x01010, rw, "8.2.3.8.4 receive descriptor head", Each{most_queues, 0x40}>;
using RDT         = Register<"RDT",         0x01018, rw, "8.2.3.8.5 receive descriptor tail", Each{most_queues, 0x40}>;
using RXDCTL      = Register<"RXDCTL",      0x01028, rw, "8.2.3.8.6 receive descriptor control", Each{most_queues, 0x40}>;
using RSCCTL      = Register<"RSCCTL",      0x0102C, rw, "8.2.3.8.13 receive side coalescing control", Each{most_queues, 0x40}>;
using SRRCTL      = Register<"SRRCTL",      0x01014, rw, "8.2.3.8.7 split receive control", Each{most_queues, 0x40}>;
using RDRXCTL     = Register<"RDRXCTL",     0x02F00, rw, "8.2.3.8.8 receive DMA control">;
using RXPBSIZE    = Register<"RXPBSIZE",    0x03C00, rw, "8.2.3.8.9 receive packet buffer size", Each{8}>;
using RXCTRL      = Register<"RXCTRL",      0x03000, rw, "8.2.3.8.10 receive control">;
using DCA_RXCTRL  = Register<"DCA_RXCTRL",  0x0100C, rw, "8.2.3.11.1 receive DCA control", Each{most_queues, 0x40}>;
namespace fctrl      { inline constexpr Field<FCTRL, 8> MPE; inline constexpr Field<FCTRL, 9> UPE; inline constexpr Field<FCTRL, 10> BAM; }
namespace vlnctrl    { inline constexpr Field<VLNCTRL, 30> VFE; }
namespace mcstctrl   { inline constexpr Field<MCSTCTRL, 2> MFE; }
namespace rah        { inline constexpr Field<RAH, 15, 0> ADDRESS; inline constexpr Field<RAH, 31> AV; }
namespace mrqc       { inline constexpr Field<MRQC, 3, 0> MRQE; inline constexpr Field<MRQC, 16> TCP_IPV4; inline constexpr Field<MRQC, 17> IPV4; inline constexpr Field<MRQC, 20> IPV6; inline constexpr Field<MRQC, 21> TCP_IPV6; }
namespace rxdctl     { inline constexpr Field<RXDCTL, 25> ENABLE; inline constexpr Field<RXDCTL, 30> VME; }
namespace srrctl     { inline constexpr Field<SRRCTL, 4, 0> BSIZEPACKET; inline constexpr Field<SRRCTL, 27, 25> DESCTYPE; inline constexpr Field<SRRCTL, 28> DROP_EN; }
namespace rdrxctl    { inline constexpr Field<RDRXCTL, 1> CRCSTRIP; inline constexpr Field<RDRXCTL, 3> DMAIDONE; inline constexpr Field<RDRXCTL, 21, 17> RSCFRSTSIZE; inline constexpr Field<RDRXCTL, 25> RSCACKC; inline constexpr Field<RDRXCTL, 26> FCOE_WRFIX; }
namespace rxpbsize   { inline constexpr Field<RXPBSIZE, 19, 10> SIZE; }
namespace rxctrl     { inline constexpr Field<RXCTRL, 0> RXEN; }

// Transmit, 8.2.3.9
using DMATXCTL    = Register<"DMATXCTL",    0x04A80, rw, "8.2.3.9.2 DMA transmit control">;
using DTXMXSZRQ   = Register<"DTXMXSZRQ",   0x08100, rw, "8.2.3.9.1 DMA transmit TCP max allow size requests">;
using TDBAL       = Register<"TDBAL",       0x06000, rw, "8.2.3.9.5 transmit descriptor base address low", Each{most_queues, 0x40}>;
using TDBAH       = Register<"TDBAH",       0x06004, rw, "8.2.3.9.6 transmit descriptor base address high", Each{most_queues, 0x40}>;
using TDLEN       = Register<"TDLEN",       0x06008, rw, "8.2.3.9.7 transmit descriptor length", Each{most_queues, 0x40}>;
using TDH         = Register<"TDH",         0x06010, rw, "8.2.3.9.8 transmit descriptor head", Each{most_queues, 0x40}>;
using TDT         = Register<"TDT",         0x06018, rw, "8.2.3.9.9 transmit descriptor tail", Each{most_queues, 0x40}>;
using TXDCTL      = Register<"TXDCTL",      0x06028, rw, "8.2.3.9.10 transmit descriptor control", Each{most_queues, 0x40}>;
using TDWBAL      = Register<"TDWBAL",      0x06038, rw, "8.2.3.9.11 transmit descriptor completion write-back address low", Each{most_queues, 0x40}>;
using TDWBAH      = Register<"TDWBAH",      0x0603C, rw, "8.2.3.9.12 transmit descriptor completion write-back address high", Each{most_queues, 0x40}>;
using TXPBSIZE    = Register<"TXPBSIZE",    0x0CC00, rw, "8.2.3.9.13 transmit packet buffer size", Each{8}>;
using MTQC        = Register<"MTQC",        0x08120, rw, "8.2.3.9.15 multiple transmit queues command">;
using TXPBTHRESH  = Register<"TXPBTHRESH",  0x04950, rw, "8.2.3.9.16 transmit packet buffer threshold", Each{8}>;
using RTTDCS      = Register<"RTTDCS",      0x04900, rw, "8.2.3.10.2 DCB transmit descriptor plane control">;
using DCA_TXCTRL  = Register<"DCA_TXCTRL",  0x0600C, rw, "8.2.3.11.2 transmit DCA control", Each{most_queues, 0x40}>;
namespace dmatxctl   { inline constexpr Field<DMATXCTL, 0> TE; }
namespace txdctl     { inline constexpr Field<TXDCTL, 6, 0> PTHRESH; inline constexpr Field<TXDCTL, 14, 8> HTHRESH; inline constexpr Field<TXDCTL, 22, 16> WTHRESH; inline constexpr Field<TXDCTL, 25> ENABLE; }
namespace tdwbal     { inline constexpr Field<TDWBAL, 0> HEAD_WB_EN; }
namespace txpbsize   { inline constexpr Field<TXPBSIZE, 19, 10> SIZE; }
namespace rttdcs     { inline constexpr Field<RTTDCS, 6> ARBDIS; }
namespace dca_txctrl { inline constexpr Field<DCA_TXCTRL, 11> WRITE_BACK_RO; }

// Security engine, which the receive and transmit paths pass through, 8.2.3.12
using SECRXCTRL   = Register<"SECRXCTRL",   0x08D00, rw, "8.2.3.12.5 security receive control">;
using SECRXSTAT   = Register<"SECRXSTAT",   0x08D04, ro, "8.2.3.12.6 security receive status">;
namespace secrxctrl { inline constexpr Field<SECRXCTRL, 1> RX_DIS; }
namespace secrxstat { inline constexpr Field<SECRXSTAT, 0> SECRX_RDY; }

// Link and MAC, 8.2.3.22
using HLREG0      = Register<"HLREG0",      0x04240, rw, "8.2.3.22.8 MAC core control 0">;
using MAXFRS      = Register<"MAXFRS",      0x04268, rw, "8.2.3.22.13 max frame size">;
using AUTOC       = Register<"AUTOC",       0x042A0, rw, "8.2.3.22.19 auto-negotiation control">;
using LINKS       = Register<"LINKS",       0x042A4, ro, "8.2.3.22.20 link status">;
namespace hlreg0 { inline constexpr Field<HLREG0, 0> TXCRCEN; inline constexpr Field<HLREG0, 1> RXCRCSTRP; inline constexpr Field<HLREG0, 2> JUMBOEN; inline constexpr Field<HLREG0, 10> TXPADEN; inline constexpr Field<HLREG0, 15> LPBK; }
namespace maxfrs { inline constexpr Field<MAXFRS, 31, 16> MFS; }
namespace autoc  { inline constexpr Field<AUTOC, 12> RESTART_AN; }
namespace links  { inline constexpr Field<LINKS, 27> NON_STD; inline constexpr Field<LINKS, 29, 28> SPEED; inline constexpr Field<LINKS, 30> UP; }

/// All of the above, checked for overlaps, alignment and the BAR's size; statistics have their own
/// table (statistics.hpp), which is checked together with this one there.
template <class... More>
using TableWith = regs::Table<bar_size,
    CTRL, STATUS, CTRL_EXT, EEC, GCR_EXT, FCRTH, EIMC, EIMC_EX, EIMS_EX, EIAC, EITR, EITR_HIGH, IVAR, GPIE,
    FCTRL, VLNCTRL, MCSTCTRL, RXCSUM, MTA, RAL, RAH, MPSAR, VFTA, FTQF, PFVLVF, PFVLVFB, PFUTA, MRQC, RETA, RSSRK, RDBAL, RDBAH, RDLEN, RDH, RDT, RXDCTL, RSCCTL,
    SRRCTL, RDRXCTL, RXPBSIZE, RXCTRL, DCA_RXCTRL,
    DMATXCTL, DTXMXSZRQ, TDBAL, TDBAH, TDLEN, TDH, TDT, TXDCTL, TDWBAL, TDWBAH, TXPBSIZE, MTQC, TXPBTHRESH,
    RTTDCS, DCA_TXCTRL, SECRXCTRL, SECRXSTAT, HLREG0, MAXFRS, AUTOC, LINKS, More...>;

using intel::Bar;

}  // namespace bulkhead::ixgbe
// clang-format on
