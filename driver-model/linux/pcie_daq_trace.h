/* SPDX-License-Identifier: MIT */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pcie_daq

#if !defined(PCIE_DAQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PCIE_DAQ_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(daq_isr_begin,
	TP_PROTO(int card, int vector),
	TP_ARGS(card, vector),
	TP_STRUCT__entry(__field(int, card) __field(int, vector)),
	TP_fast_assign(__entry->card = card; __entry->vector = vector;),
	TP_printk("card=%d vector=%d", __entry->card, __entry->vector)
);

TRACE_EVENT(daq_isr_end,
	TP_PROTO(int card, int vector, u32 causes),
	TP_ARGS(card, vector, causes),
	TP_STRUCT__entry(__field(int, card) __field(int, vector) __field(u32, causes)),
	TP_fast_assign(__entry->card = card; __entry->vector = vector; __entry->causes = causes;),
	TP_printk("card=%d vector=%d causes=%#x", __entry->card, __entry->vector, __entry->causes)
);

TRACE_EVENT(daq_dpc_begin,
	TP_PROTO(int card, u64 waited),
	TP_ARGS(card, waited),
	TP_STRUCT__entry(__field(int, card) __field(u64, waited)),
	TP_fast_assign(__entry->card = card; __entry->waited = waited;),
	TP_printk("card=%d waited_ns=%llu", __entry->card, __entry->waited)
);

TRACE_EVENT(daq_dpc_end,
	TP_PROTO(int card, unsigned int copied),
	TP_ARGS(card, copied),
	TP_STRUCT__entry(__field(int, card) __field(unsigned int, copied)),
	TP_fast_assign(__entry->card = card; __entry->copied = copied;),
	TP_printk("card=%d copied=%u", __entry->card, __entry->copied)
);

TRACE_EVENT(daq_overrun,
	TP_PROTO(int card, u64 sequence, u64 missing),
	TP_ARGS(card, sequence, missing),
	TP_STRUCT__entry(__field(int, card) __field(u64, sequence) __field(u64, missing)),
	TP_fast_assign(__entry->card = card; __entry->sequence = sequence; __entry->missing = missing;),
	TP_printk("card=%d sequence=%llu missing=%llu", __entry->card, __entry->sequence, __entry->missing)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE pcie_daq_trace
#include <trace/define_trace.h>
