"""QEMU's arguments for an IOMMU and for the functions behind it."""

IOMMU = ["-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"]
WITH_IOMMU = "intel_iommu=on iommu.passthrough=0"

E1000E = "e1000e"
SPLIT = "virtio-net-pci,disable-legacy=on,iommu_platform=on"
PACKED = f"{SPLIT},packed=on"


def nic(model, slot, hub, bus=None):
    """A NIC at 00:SLOT.0, or at SLOT of another bus, on the wire that a hub makes."""
    name = f"port{hub}.{slot}"
    where = f"bus={bus},addr={slot}.0" if bus else f"addr={slot}.0"
    return ["-netdev", f"hubport,id={name},hubid={hub}",
            "-device", f"{model},netdev={name},mac=52:54:00:00:0{hub}:0{slot},{where}"]
