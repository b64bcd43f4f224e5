namespace Pcie.Registers.SystemRdl;

/// <summary>The properties that SystemRDL 2.0 has, by what becomes of them here.</summary>
internal static class RdlProperties
{
    /// <summary>The map carries them, or is laid out by them.</summary>
    public static readonly HashSet<string> Carried =
    [
        "name", "desc", "sw", "onread", "onwrite", "rclr", "rset", "woclr", "woset", "reset", "encode", "fieldwidth", "regwidth", "addressing",
        "alignment", "ispresent", "msb0", "lsb0", "bigendian", "littleendian", "memwidth", "mementries",
    ];

    /// <summary>They say how hardware is built, and nothing of what software sees.</summary>
    public static readonly HashSet<string> OfHardware =
    [
        "hw", "accesswidth", "rsvdset", "rsvdsetX", "bridge", "arbiter", "shared", "sharedextbus", "errextbus", "dontcompare", "donttest", "hdl_path",
        "hdl_path_gate", "hdl_path_slice", "hdl_path_gate_slice", "precedence", "resetsignal", "cpuif_reset", "field_reset", "activehigh",
            "activelow",
        "sync", "async", "signalwidth", "paritycheck", "swacc", "swmod", "next", "anded", "ored", "xored", "halt", "haltmask", "haltenable", "mask",
        "enable",
    ];

    /// <summary>What hardware does of itself, which a map has no place for: each is noted where it is used.</summary>
    public static readonly HashSet<string> Behaviour =
    [
        "singlepulse", "hwclr", "hwset", "hwenable", "hwmask", "we", "wel", "swwe", "swwel", "intr", "sticky", "stickybit", "counter", "threshold",
        "saturate", "incrthreshold", "incrsaturate", "overflow", "underflow", "incr", "incrvalue", "incrwidth", "decr", "decrvalue", "decrwidth",
        "decrsaturate", "decrthreshold",
        // Of PeakRDL's generator of logic, which files use and do not define.
        "buffer_reads", "rbuffer_trigger", "buffer_writes", "wbuffer_trigger", "rd_swacc", "wr_swacc", "rd_swmod", "wr_swmod", "is_signed",
        "intwidth", "fracwidth",
    ];

    public static IEnumerable<string> All => [.. Carried, .. OfHardware, .. Behaviour];
}
