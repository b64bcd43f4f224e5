/* SPDX-License-Identifier: MIT */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pcie_daq

#if !defined(PCIE_DAQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PCIE_DAQ_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(daq_isr_begin,
	TP_PROTO(int vector),
	TP_ARGS(vector),
	TP_STRUCT__entry(__field(int, vector)),
	TP_fast_assign(__entry->vector = vector;),
	TP_printk("vector=%d", __entry->vector)
);

TRACE_EVENT(daq_isr_end,
	TP_PROTO(int vector, u32 causes),
	TP_ARGS(vector, causes),
	TP_STRUCT__entry(__field(int, vector) __field(u32, causes)),
	TP_fast_assign(__entry->vector = vector; __entry->causes = causes;),
	TP_printk("vector=%d causes=%#x", __entry->vector, __entry->causes)
);

TRACE_EVENT(daq_dpc_begin,
	TP_PROTO(u64 waited),
	TP_ARGS(waited),
	TP_STRUCT__entry(__field(u64, waited)),
	TP_fast_assign(__entry->waited = waited;),
	TP_printk("waited_ns=%llu", __entry->waited)
);

TRACE_EVENT(daq_dpc_end,
	TP_PROTO(unsigned int copied),
	TP_ARGS(copied),
	TP_STRUCT__entry(__field(unsigned int, copied)),
	TP_fast_assign(__entry->copied = copied;),
	TP_printk("copied=%u", __entry->copied)
);

TRACE_EVENT(daq_overrun,
	TP_PROTO(u64 sequence, u64 missing),
	TP_ARGS(sequence, missing),
	TP_STRUCT__entry(__field(u64, sequence) __field(u64, missing)),
	TP_fast_assign(__entry->sequence = sequence; __entry->missing = missing;),
	TP_printk("sequence=%llu missing=%llu", __entry->sequence, __entry->missing)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE pcie_daq_trace
#include <trace/define_trace.h>
