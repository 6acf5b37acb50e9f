// The registers of the Intel 82574 that the driver uses, and their fields. Sections are those of
// the 82574 datasheet (Intel, document 317694), as far as docs/datasheet.md can confirm them.
#pragma once

#include "bulkhead/driver/intel/bar.hpp"
#include "bulkhead/regs/register.hpp"
#include "bulkhead/regs/table.hpp"

// clang-format off
namespace bulkhead::e1000e {

using regs::Each;
using regs::Field;
using regs::Register;
inline constexpr auto ro = regs::Access::read_only;
inline constexpr auto rw = regs::Access::read_write;
inline constexpr auto wo = regs::Access::write_only;
inline constexpr auto rc = regs::Access::read_to_clear;

using intel::bar_size;

// General, 10.2.2
using CTRL       = Register<"CTRL",       0x00000, rw, "10.2.2 device control">;
using STATUS     = Register<"STATUS",     0x00008, ro, "10.2.2 device status">;
using EEC        = Register<"EEC",        0x00010, rw, "10.2.2 EEPROM/flash control">;
using CTRL_EXT   = Register<"CTRL_EXT",   0x00018, rw, "10.2.2 extended device control">;
using MDIC       = Register<"MDIC",       0x00020, rw, "10.2.2 MDI control: the PHY's registers">;
using EXTCNF_CTRL = Register<"EXTCNF_CTRL", 0x00F00, rw, "10.2.2 extended configuration control">;
using PBA        = Register<"PBA",        0x01000, rw, "10.2.2 packet buffer allocation">;
namespace ctrl        { inline constexpr Field<CTRL, 2> GIO_MASTER_DISABLE; inline constexpr Field<CTRL, 6> SLU; inline constexpr Field<CTRL, 11> FRCSPD; inline constexpr Field<CTRL, 12> FRCDPLX; inline constexpr Field<CTRL, 26> RST; inline constexpr Field<CTRL, 29> reserved_29; inline constexpr Field<CTRL, 30> VME; }
namespace status      { inline constexpr Field<STATUS, 1> LU; inline constexpr Field<STATUS, 7, 6> SPEED; inline constexpr Field<STATUS, 19> GIO_MASTER_ENABLE; }
namespace eec         { inline constexpr Field<EEC, 9> AUTO_RD; }
namespace ctrl_ext    { inline constexpr Field<CTRL_EXT, 22> reserved_22; inline constexpr Field<CTRL_EXT, 23> reserved_23; inline constexpr Field<CTRL_EXT, 24> EIAME; inline constexpr Field<CTRL_EXT, 27> IAME; inline constexpr Field<CTRL_EXT, 28> DRV_LOAD; inline constexpr Field<CTRL_EXT, 31> PBA_SUPPORT; }
namespace mdic        { inline constexpr Field<MDIC, 15, 0> DATA; inline constexpr Field<MDIC, 20, 16> REGADD; inline constexpr Field<MDIC, 25, 21> PHYADD; inline constexpr Field<MDIC, 27, 26> OP; inline constexpr Field<MDIC, 28> R; inline constexpr Field<MDIC, 30> E; }
namespace extcnf_ctrl { inline constexpr Field<EXTCNF_CTRL, 5> MDIO_SW_OWNERSHIP; }
namespace pba         { inline constexpr Field<PBA, 15, 0> RXA; }

// PCIe, 10.2.3
using GCR        = Register<"GCR",        0x05B00, rw, "10.2.3 PCIe control">;
using GCR2       = Register<"GCR2",       0x05B64, rw, "10.2.3 PCIe control 2">;
namespace gcr  { inline constexpr Field<GCR, 22> reserved_22; }
namespace gcr2 { inline constexpr Field<GCR2, 0> reserved_0; }

// Interrupts, 10.2.4
using ICR        = Register<"ICR",        0x000C0, rc, "10.2.4 interrupt cause read">;
using IMS        = Register<"IMS",        0x000D0, rw, "10.2.4 interrupt mask set and read">;
using IMC        = Register<"IMC",        0x000D8, wo, "10.2.4 interrupt mask clear">;
using EIAC       = Register<"EIAC",       0x000DC, rw, "10.2.4 interrupt auto clear">;
using IAM        = Register<"IAM",        0x000E0, rw, "10.2.4 interrupt acknowledge auto mask">;
using IVAR       = Register<"IVAR",       0x000E4, rw, "10.2.4 interrupt vector allocation">;
using EITR       = Register<"EITR",       0x000E8, rw, "10.2.4 extended interrupt throttle", Each{5}>;
namespace ims  { inline constexpr Field<IMS, 20> RXQ0; }
namespace eiac { inline constexpr Field<EIAC, 20> RXQ0; }
namespace ivar { inline constexpr Field<IVAR, 2, 0> RXQ0; inline constexpr Field<IVAR, 3> RXQ0_VALID; }
namespace eitr { inline constexpr Field<EITR, 15, 0> INTERVAL; }

// Receive, 10.2.5
using RCTL       = Register<"RCTL",       0x00100, rw, "10.2.5 receive control">;
using RDBAL      = Register<"RDBAL",      0x02800, rw, "10.2.5 receive descriptor base address low">;
using RDBAH      = Register<"RDBAH",      0x02804, rw, "10.2.5 receive descriptor base address high">;
using RDLEN      = Register<"RDLEN",      0x02808, rw, "10.2.5 receive descriptor length">;
using RDH        = Register<"RDH",        0x02810, rw, "10.2.5 receive descriptor head">;
using RDT        = Register<"RDT",        0x02818, rw, "10.2.5 receive descriptor tail">;
using RDTR       = Register<"RDTR",       0x02820, rw, "10.2.5 receive interrupt delay timer">;
using RXDCTL     = Register<"RXDCTL",     0x02828, rw, "10.2.5.11 receive descriptor control">;
using RADV       = Register<"RADV",       0x0282C, rw, "10.2.5 receive interrupt absolute delay timer">;
using RXCSUM     = Register<"RXCSUM",     0x05000, rw, "10.2.5 receive checksum control">;
using RFCTL      = Register<"RFCTL",      0x05008, rw, "10.2.5 receive filter control">;
using MTA        = Register<"MTA",        0x05200, rw, "10.2.5 multicast table array", Each{128}>;
using RAL        = Register<"RAL",        0x05400, rw, "10.2.5 receive address low", Each{16, 8}>;
using RAH        = Register<"RAH",        0x05404, rw, "10.2.5 receive address high", Each{16, 8}>;
using VFTA       = Register<"VFTA",       0x05600, rw, "10.2.5 VLAN filter table array", Each{128}>;
using MRQC       = Register<"MRQC",       0x05818, rw, "10.2.5 multiple receive queues command">;
namespace rctl   { inline constexpr Field<RCTL, 1> EN; inline constexpr Field<RCTL, 3> UPE; inline constexpr Field<RCTL, 4> MPE; inline constexpr Field<RCTL, 5> LPE; inline constexpr Field<RCTL, 15> BAM; inline constexpr Field<RCTL, 26> SECRC; inline constexpr Field<RCTL, 30, 27> FLXBUF; }
namespace rxdctl { inline constexpr Field<RXDCTL, 5, 0> PTHRESH; inline constexpr Field<RXDCTL, 13, 8> HTHRESH; inline constexpr Field<RXDCTL, 21, 16> WTHRESH; inline constexpr Field<RXDCTL, 24> GRAN; }
namespace rfctl  { inline constexpr Field<RFCTL, 15> EXSTEN; }
namespace rah    { inline constexpr Field<RAH, 15, 0> ADDRESS; inline constexpr Field<RAH, 31> AV; }

// Transmit, 10.2.6
using TCTL       = Register<"TCTL",       0x00400, rw, "10.2.6 transmit control">;
using TDBAL      = Register<"TDBAL",      0x03800, rw, "10.2.6 transmit descriptor base address low">;
using TDBAH      = Register<"TDBAH",      0x03804, rw, "10.2.6 transmit descriptor base address high">;
using TDLEN      = Register<"TDLEN",      0x03808, rw, "10.2.6 transmit descriptor length">;
using TDH        = Register<"TDH",        0x03810, rw, "10.2.6 transmit descriptor head">;
using TDT        = Register<"TDT",        0x03818, rw, "10.2.6 transmit descriptor tail">;
using TXDCTL     = Register<"TXDCTL",     0x03828, rw, "10.2.6 transmit descriptor control">;
using TARC0      = Register<"TARC0",      0x03840, rw, "10.2.6 transmit arbitration counter queue 0">;
namespace tctl   { inline constexpr Field<TCTL, 1> EN; inline constexpr Field<TCTL, 3> PSP; inline constexpr Field<TCTL, 11, 4> CT; inline constexpr Field<TCTL, 21, 12> COLD; inline constexpr Field<TCTL, 24> RTLC; }
namespace txdctl { inline constexpr Field<TXDCTL, 5, 0> PTHRESH; inline constexpr Field<TXDCTL, 13, 8> HTHRESH; inline constexpr Field<TXDCTL, 21, 16> WTHRESH; inline constexpr Field<TXDCTL, 22> reserved_22; inline constexpr Field<TXDCTL, 24> GRAN; }
namespace tarc0  { inline constexpr Field<TARC0, 26> reserved_26; }

/// All of the above, checked for overlaps, alignment and the BAR's size; statistics have their own
/// table (statistics.hpp), which is checked together with this one there.
template <class... More>
using TableWith = regs::Table<bar_size,
    CTRL, STATUS, EEC, CTRL_EXT, MDIC, EXTCNF_CTRL, PBA, GCR, GCR2, ICR, IMS, IMC, EIAC, IAM, IVAR, EITR,
    RCTL, RDBAL, RDBAH, RDLEN, RDH, RDT, RDTR, RXDCTL, RADV, RXCSUM, RFCTL, MTA, RAL, RAH, VFTA, MRQC,
    TCTL, TDBAL, TDBAH, TDLEN, TDH, TDT, TXDCTL, TARC0, More...>;

using intel::Bar;

}  // namespace bulkhead::e1000e
// clang-format on
