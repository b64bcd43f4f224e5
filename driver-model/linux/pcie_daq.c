// SPDX-License-Identifier: MIT
/*
 * Linux driver of the data-acquisition card. It is to be read beside the modelled driver, driver-model/daq/DaqHardware.cs: the same
 * choices by the same words. The hard interrupt handler is the ISR: it finds out why the card interrupted, clears that, and queues the
 * DPC, which is a tasklet or the threaded handler. The DPC copies chunks from the ring in coherent memory into the cyclic buffer, gives
 * their slots back, and re-arms. Whoever reads /dev/daq0 gets chunks, each with its header, a whole number of them at a time. The next
 * card is daq1; which is which, the folder misc of each says in sysfs.
 *
 *   card --DMA--> ring --DPC--> cyclic buffer --read() or mmap()--> reader
 */
#include <linux/bitfield.h>
#include <linux/crc32.h>
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "pcie_daq_regs.h"

#define CREATE_TRACE_POINTS
#include "pcie_daq_trace.h"

/* Numbers of the cards that are bound. */
static DEFINE_IDA(daq_numbers);

enum { MODE_SINGLE, MODE_PING_PONG, MODE_RING };
enum { REARM_PER_EVENT, REARM_ON_NON_ZERO, REARM_AUTO_MASK, REARM_AUTO_MASK_LOSSY, REARM_LEVEL };
enum { WHEN_FULL_OVERWRITE, WHEN_FULL_DROP, WHEN_FULL_HOLD_BACK };

static unsigned int ring_slots = 16;
module_param(ring_slots, uint, 0444);
MODULE_PARM_DESC(ring_slots, "Slots of the ring; 1 is one buffer, 2 are ping-pong.");

#define MOST_CYCLIC_CHUNKS (1u << 20)
static unsigned int cyclic_chunks = 1024;
module_param(cyclic_chunks, uint, 0444);
MODULE_PARM_DESC(cyclic_chunks, "Chunks that the cyclic buffer holds for the reader, rounded up to a power of two.");

/* Looks at the ring in a run of the DPC, after which others have their turn: a card may be faster than its driver. */
#define DPC_BUDGET 32

static char *interrupts = "msi-x";
module_param(interrupts, charp, 0444);
MODULE_PARM_DESC(interrupts, "msi-x, msi, or intx: the line, which all causes share, and other cards with them.");

static bool per_cause;
module_param(per_cause, bool, 0444);
MODULE_PARM_DESC(per_cause, "Routing: a vector for each cause, as far as vectors are granted; else all share one and the ISR reads INT_CAUSE.");

static bool threaded;
module_param(threaded, bool, 0444);
MODULE_PARM_DESC(threaded, "The DPC is the threaded handler rather than a tasklet.");

static unsigned int rearm_policy = REARM_PER_EVENT;
module_param(rearm_policy, uint, 0444);
MODULE_PARM_DESC(rearm_policy, "0 per event, 1 on non-zero, 2 auto-mask, 3 auto-mask lossy, 4 level.");

static bool drain_one;
module_param(drain_one, bool, 0444);
MODULE_PARM_DESC(drain_one, "A DPC copies one chunk, rather than all there are.");

static unsigned int when_full = WHEN_FULL_OVERWRITE;
module_param(when_full, uint, 0444);
MODULE_PARM_DESC(when_full, "What becomes of a chunk that finds every slot unread: 0 overwrites the oldest, 1 is dropped, 2 waits in the card.");

static bool headers = true;
module_param(headers, bool, 0444);
MODULE_PARM_DESC(headers, "A reader gets each chunk with its header, rather than the payload alone.");

struct daq_counters {
	u64 isrs;
	u64 isr_register_reads;
	u64 isrs_of_others;		/* of a line that others have too, or that was deasserted meanwhile */
	u64 dpcs;
	u64 empty_dpcs;
	u64 chunks_copied;
	u64 chunks_missing;		/* gaps of the sequence: overwritten in the ring, or dropped by the card */
	u64 chunks_refused;		/* the cyclic buffer was full */
	u64 chunks_delivered;		/* read */
	u64 checksum_errors;
	u64 torn_copies_discarded;
	u64 resynchronisations;
	u64 overruns_reported;
	u64 errors_reported;
	u64 chunks_abandoned;		/* newer than the last one seen when the card was reset */
	u64 resets;
	u64 longest_wait_ns;		/* of a DPC, since the first ISR that asked for it */
};

struct daq;

/* Of an interrupt of its own. */
struct daq_vector {
	struct daq *daq;
	int number;
	u32 causes;
};

struct daq {
	struct kref uses;		/* by the driver while it is bound, and by whoever has the device open */
	struct pci_dev *pdev;
	void __iomem *registers;
	struct miscdevice misc;
	int number;
	char name[16];			/* of the device and of its interrupts: daq and the number */

	int vectors;
	bool on_line;			/* interrupts are the card's line rather than messages */
	struct daq_vector vector[DAQ_CAUSES];
	spinlock_t isr_lock;		/* one ISR at a time, whichever vectors there are */
	struct mutex dpc_lock;		/* the same of threaded handlers; a tasklet never runs twice at once */
	struct tasklet_struct tasklet;

	u8 *ring;
	dma_addr_t ring_address;
	u32 slot_size, slots;

	unsigned int openers;
	bool gone;			/* removed, by surprise or not: nothing of it is touched any more */
	bool stopped;			/* no interrupt of its own comes: the ISR has nothing to do with those that do */

	/* Chunks consumed since the DMA core was enabled: what the card is told as DMA_TAIL. */
	u32 consumed;
	s64 last_sequence;
	u64 queued_at;			/* by the first ISR since the last DPC; 0 for none */

	/* Chunks written by the DPC and taken by the reader, each counted by its side alone. */
	u8 *cyclic;
	u32 cyclic_chunks;		/* a power of two: the numbers below come round at 2^32 */
	u32 cyclic_written, cyclic_taken;
	wait_queue_head_t readers;
	struct mutex reading;		/* one reader at a time, and none while the card is reset or let go; not held while waiting */

	struct daq_counters count;
	atomic64_t failed_reads;	/* registers that read as all ones, which none of those that are asked can: by ISR and reader */

	/* What the card had counted when it was reset, which begins its counters anew. */
	u64 produced_before, written_before, dropped_before;
};

static u32 daq_read(struct daq *daq, u32 reg)
{
	return ioread32(daq->registers + reg);
}

static void daq_write(struct daq *daq, u32 reg, u32 value)
{
	iowrite32(value, daq->registers + reg);
}

/*
 * A register that cannot read as all ones. If it does, the read has failed: an error of the link or of the card, or there is no card any
 * more, which its vendor ID tells.
 */
static bool daq_try_read(struct daq *daq, u32 reg, u32 *value)
{
	*value = daq_read(daq, reg);
	if (*value != ~0u)
		return true;
	atomic64_inc(&daq->failed_reads);
	if (!pci_device_is_present(daq->pdev)) {
		WRITE_ONCE(daq->gone, true);
		wake_up_interruptible(&daq->readers);
	}
	return false;
}

/* A counter of the card, which is never all ones either. */
static bool daq_try_read64(struct daq *daq, u32 reg, u64 *value)
{
	u32 low = daq_read(daq, reg), high;

	if (!daq_try_read(daq, reg + 4, &high))
		return false;
	*value = (u64)high << 32 | low;
	return true;
}

static struct daq_chunk_header *daq_slot(struct daq *daq, u32 number)
{
	return (void *)(daq->ring + (size_t)(number % daq->slots) * daq->slot_size);
}

/* The header of the next chunk, if there is a whole one that is newer than the last. */
static bool daq_try_read_next(struct daq *daq, struct daq_chunk_header *header)
{
	/* Of a reader too, who asks whether there is one while the DPC runs. */
	struct daq_chunk_header *slot = daq_slot(daq, READ_ONCE(daq->consumed));

	if (READ_ONCE(slot->magic) != cpu_to_le32(DAQ_CHUNK_MAGIC))
		return false;
	dma_rmb();
	memcpy(header, slot, sizeof(*header));
	return header->magic == cpu_to_le32(DAQ_CHUNK_MAGIC) &&
		le32_to_cpu(header->length) <= daq->slot_size - sizeof(*header) &&
		(s64)le64_to_cpu(header->sequence) > READ_ONCE(daq->last_sequence);
}

/*
 * The oldest chunk that is left. Where the sequence has a gap, either chunks were dropped on the way, or the card has gone round the ring
 * past us and the oldest is elsewhere; its head tells. The head is read after the header: if it is no more than a round away, then the
 * header was that of the chunk we take it for. Whatever the card has changed while we read, we look again,
 * as long as the budget lasts.
 */
static bool daq_find_next(struct daq *daq, struct daq_chunk_header *header, unsigned int *budget)
{
	for (; *budget && daq_try_read_next(daq, header); --*budget) {
		struct daq_chunk_header now;
		u32 head;

		if ((s64)le64_to_cpu(header->sequence) == daq->last_sequence + 1)
			return true;
		/* Modulo 2^32, as the card counts. */
		if (daq_try_read(daq, DAQ_DMA_HEAD, &head) && head - daq->consumed > daq->slots && head - daq->consumed < 1u << 31) {
			daq->count.resynchronisations++;
			daq->consumed = head - daq->slots;
		} else if (daq_try_read_next(daq, &now) && !memcmp(&now, header, sizeof(now))) {
			return true;
		}
	}
	return false;
}

static void daq_copy_chunk(struct daq *daq, const struct daq_chunk_header *header)
{
	u32 length = le32_to_cpu(header->length);
	u8 *from = (u8 *)daq_slot(daq, daq->consumed) + sizeof(*header);
	/* Pairs with the release of who takes chunks: their places are not written before they have been read. */
	u32 used = daq->cyclic_written - smp_load_acquire(&daq->cyclic_taken);
	u8 *to = daq->cyclic + (size_t)(daq->cyclic_written % daq->cyclic_chunks) * daq->slot_size;
	struct daq_chunk_header now;
	u64 missing;

	/* Looked at even where there is no place for it: a gap and a bad checksum are counted all the same. */
	if (used == daq->cyclic_chunks)
		to = daq->cyclic + (size_t)daq->cyclic_chunks * daq->slot_size;
	memcpy(to, header, sizeof(*header));
	memcpy(to + sizeof(*header), from, length);
	/* The card may have written over it meanwhile: its header tells. */
	dma_rmb();
	if (!daq_try_read_next(daq, &now) || memcmp(&now, header, sizeof(now))) {
		daq->count.torn_copies_discarded++;
		return;
	}
	if (~__crc32c_le(~0, to + sizeof(*header), length) != le32_to_cpu(header->checksum))
		daq->count.checksum_errors++;
	missing = le64_to_cpu(header->sequence) - daq->last_sequence - 1;
	if (missing) {
		daq->count.chunks_missing += missing;
		trace_daq_overrun(daq->number, le64_to_cpu(header->sequence), missing);
	}
	daq->count.chunks_copied++;
	if (used == daq->cyclic_chunks) {
		daq->count.chunks_refused++;
	} else {
		/* The chunk is there before its number: pairs with daq_available(). */
		smp_store_release(&daq->cyclic_written, daq->cyclic_written + 1);
	}
	/* The reader's before it is gone from the ring, or he would take the chunk before for the last: pairs with daq_is_at_end(). */
	smp_wmb();
	WRITE_ONCE(daq->last_sequence, le64_to_cpu(header->sequence));
	WRITE_ONCE(daq->consumed, daq->consumed + 1);
	daq_write(daq, DAQ_DMA_TAIL, daq->consumed);
	wake_up_interruptible(&daq->readers);
}

/* Returns whether there is more to do, for which nobody asks again. */
static bool daq_dpc(struct daq *daq)
{
	/* Taken before the clock is read: an ISR may come between. */
	u64 queued_at = xchg(&daq->queued_at, 0);
	u64 waited = queued_at ? ktime_get_ns() - queued_at : 0;
	struct daq_chunk_header header;
	unsigned int copied = 0, budget = DPC_BUDGET;

	trace_daq_dpc_begin(daq->number, waited);
	daq->count.dpcs++;
	daq->count.longest_wait_ns = max(daq->count.longest_wait_ns, waited);
	do {
		while (daq_find_next(daq, &header, &budget)) {
			daq_copy_chunk(daq, &header);
			copied++;
			budget--;
			if (drain_one)
				break;
		}
		if (rearm_policy != REARM_PER_EVENT) {
			daq_write(daq, DAQ_INT_REARM, ~0);
			/* Both writes, the ISR's that clears and this one, have reached the card when a read is answered. */
			daq_read(daq, DAQ_INT_CAUSE);
		}
		/* What came between the last look and the re-arm has no message of its own. */
	} while (!drain_one && budget && daq_try_read_next(daq, &header));
	if (!copied)
		daq->count.empty_dpcs++;
	trace_daq_dpc_end(daq->number, copied);
	return !budget && !READ_ONCE(daq->stopped);
}

static void daq_tasklet(struct tasklet_struct *tasklet)
{
	struct daq *daq = from_tasklet(daq, tasklet, tasklet);

	if (daq_dpc(daq))
		tasklet_schedule(tasklet);
}

static irqreturn_t daq_thread(int irq, void *context)
{
	struct daq_vector *vector = context;
	struct daq *daq = vector->daq;

	mutex_lock(&daq->dpc_lock);
	while (daq_dpc(daq))
		cond_resched();
	mutex_unlock(&daq->dpc_lock);
	return IRQ_HANDLED;
}

static irqreturn_t daq_isr(int irq, void *context)
{
	struct daq_vector *vector = context;
	struct daq *daq = vector->daq;
	u32 causes = vector->causes;

	/* Of another card on the line, or sent before the card was told to stop. */
	if (READ_ONCE(daq->stopped))
		return IRQ_NONE;
	spin_lock(&daq->isr_lock);
	trace_daq_isr_begin(daq->number, vector->number);
	daq->count.isrs++;
	/* One cause on this vector: which vector it was says everything. Otherwise somebody must be asked. */
	if (!is_power_of_2(causes)) {
		u32 raised;

		daq->count.isr_register_reads++;
		/* Nothing is known of the causes, then; the DPC looks at the data all the same. */
		causes = daq_try_read(daq, DAQ_INT_CAUSE, &raised) ? causes & raised : 0;
		if (!causes && daq->on_line && (raised != ~0u || READ_ONCE(daq->gone))) {
			daq->count.isrs_of_others++;
			trace_daq_isr_end(daq->number, vector->number, 0);
			spin_unlock(&daq->isr_lock);
			return IRQ_NONE;
		}
	}
	if (causes & DAQ_OVERRUN)
		daq->count.overruns_reported++;
	if (causes & (DAQ_DMA_ERROR | DAQ_FIFO_OVERFLOW | DAQ_LINK_ERROR))
		daq->count.errors_reported++;
	/* Cleared before the data is looked at: an event from here on raises the cause again. */
	if (causes)
		daq_write(daq, DAQ_INT_CAUSE, causes);
	/* Of an event before that, the line says nothing any more: its data is there when a read is answered that came behind the write. */
	if (daq->on_line)
		daq_read(daq, DAQ_INT_CAUSE);
	if (!READ_ONCE(daq->queued_at))
		WRITE_ONCE(daq->queued_at, ktime_get_ns());
	trace_daq_isr_end(daq->number, vector->number, causes);
	spin_unlock(&daq->isr_lock);
	/*
	 * The write that clears is posted: what comes before it has reached the card is cleared with it, though its message is on the way
	 * and the DPC may have looked already. So a message without a cause is a message all the same; where not each event has one, the DPC
	 * looks once more when all that has been written is there.
	 */
	if (threaded)
		return IRQ_WAKE_THREAD;
	tasklet_schedule(&daq->tasklet);
	return IRQ_HANDLED;
}

/* Tells the card how it is to work, before it may interrupt. */
static void daq_set_up(struct daq *daq)
{
	u32 mode = daq->slots == 1 ? MODE_SINGLE : daq->slots == 2 ? MODE_PING_PONG : MODE_RING;

	daq_write(daq, DAQ_INT_ENABLE, 0);
	daq_write(daq, DAQ_INT_POLICY, rearm_policy);
	daq_write(daq, DAQ_INT_ROUTING, per_cause);
	daq_write(daq, DAQ_DMA_BASE_LO, lower_32_bits(daq->ring_address));
	daq_write(daq, DAQ_DMA_BASE_HI, upper_32_bits(daq->ring_address));
	daq_write(daq, DAQ_DMA_SLOT_SIZE, daq->slot_size);
	daq_write(daq, DAQ_DMA_SLOT_COUNT, daq->slots);
	daq_write(daq, DAQ_DMA_CONTROL, DAQ_DMA_ENABLE | mode << DAQ_DMA_MODE_SHIFT | when_full << DAQ_DMA_WHEN_FULL_SHIFT);
}

/* Lets the card interrupt; the source runs once somebody has opened the device. */
static void daq_start(struct daq *daq)
{
	WRITE_ONCE(daq->stopped, false);
	daq_write(daq, DAQ_INT_CAUSE, DAQ_ALL);
	daq_write(daq, DAQ_INT_ENABLE, DAQ_ALL);
	if (rearm_policy != REARM_PER_EVENT)
		daq_write(daq, DAQ_INT_REARM, ~0);
}

/*
 * The card sends nothing any more, neither ISR nor DPC runs, and then it reaches nothing: in this order, so that a DPC that runs now still
 * gives slots back to a DMA core that knows of them. Interrupts are not disabled, for a line may be that of other cards too.
 */
static void daq_stop(struct daq *daq)
{
	int vector;

	daq_write(daq, DAQ_SOURCE_CONTROL, 0);
	daq_write(daq, DAQ_INT_ENABLE, 0);
	/* Whatever the card has sent has arrived when a read is answered. */
	daq_read(daq, DAQ_DMA_STATUS);
	WRITE_ONCE(daq->stopped, true);
	for (vector = 0; vector < daq->vectors; vector++)
		synchronize_irq(pci_irq_vector(daq->pdev, vector));
	tasklet_kill(&daq->tasklet);
	daq_write(daq, DAQ_DMA_CONTROL, 0);
	daq_read(daq, DAQ_DMA_STATUS);
}

static void daq_free(struct kref *uses)
{
	struct daq *daq = container_of(uses, struct daq, uses);

	vfree(daq->cyclic);
	kfree(daq);
}

static void daq_put(void *context)
{
	struct daq *daq = context;

	kref_put(&daq->uses, daq_free);
}

static int daq_open(struct inode *inode, struct file *file)
{
	struct daq *daq = container_of(file->private_data, struct daq, misc);

	kref_get(&daq->uses);
	file->private_data = daq;
	/* Before the device is let go: misc_deregister() waits for who is here. */
	mutex_lock(&daq->reading);
	if (!daq->openers++)
		daq_write(daq, DAQ_SOURCE_CONTROL, DAQ_SOURCE_RUN);
	mutex_unlock(&daq->reading);
	return stream_open(inode, file);
}

static int daq_release(struct inode *inode, struct file *file)
{
	struct daq *daq = file->private_data;

	mutex_lock(&daq->reading);
	if (!--daq->openers && !READ_ONCE(daq->gone))
		daq_write(daq, DAQ_SOURCE_CONTROL, 0);
	mutex_unlock(&daq->reading);
	daq_put(daq);
	return 0;
}

static u32 daq_available(struct daq *daq)
{
	/* Pairs with the release of the DPC: what is counted can be read. */
	return smp_load_acquire(&daq->cyclic_written) - daq->cyclic_taken;
}

/* The source has ended, and everything it sent has been copied. */
static bool daq_is_at_end(struct daq *daq)
{
	struct daq_chunk_header header;
	u32 status;

	if (!daq_try_read(daq, DAQ_DMA_STATUS, &status) || !(status & DAQ_SOURCE_ENDED) || status & (DAQ_DMA_BUSY | DAQ_DMA_HOLDING))
		return false;
	if (daq_try_read_next(daq, &header))
		return false;
	/* Pairs with daq_copy_chunk(): what is not in the ring any more is the reader's. */
	smp_rmb();
	return !daq_available(daq);
}

/* Whether a reader need not wait: for a chunk, or because none comes any more. Called with the lock held. */
static bool daq_is_readable(struct daq *daq)
{
	return daq_available(daq) || READ_ONCE(daq->gone) || daq_is_at_end(daq);
}

static ssize_t daq_read_chunks(struct file *file, char __user *buffer, size_t size, loff_t *offset)
{
	struct daq *daq = file->private_data;
	size_t taken = 0;
	int error;

	error = mutex_lock_interruptible(&daq->reading);
	if (error)
		return error;
	while (!daq_is_readable(daq)) {
		mutex_unlock(&daq->reading);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		/* The end of the source has no interrupt of its own. */
		error = wait_event_interruptible_timeout(daq->readers, daq_available(daq) || READ_ONCE(daq->gone), HZ / 10);
		if (error < 0)
			return error;
		error = mutex_lock_interruptible(&daq->reading);
		if (error)
			return error;
	}
	if (!daq_available(daq) && READ_ONCE(daq->gone))
		error = -ENODEV;
	while (daq_available(daq)) {
		u8 *chunk = daq->cyclic + (size_t)(daq->cyclic_taken % daq->cyclic_chunks) * daq->slot_size;
		size_t skipped = headers ? 0 : sizeof(struct daq_chunk_header);
		size_t length = sizeof(struct daq_chunk_header) - skipped + le32_to_cpu(((struct daq_chunk_header *)chunk)->length);

		if (length > size - taken) {
			if (!taken)
				error = -EINVAL;
			break;
		}
		if (copy_to_user(buffer + taken, chunk + skipped, length)) {
			error = -EFAULT;
			break;
		}
		taken += length;
		daq->count.chunks_delivered++;
		/* Read before its place is given back: pairs with daq_copy_chunk(). */
		smp_store_release(&daq->cyclic_taken, daq->cyclic_taken + 1);
	}
	mutex_unlock(&daq->reading);
	return taken ? taken : error;
}

static __poll_t daq_poll(struct file *file, poll_table *table)
{
	struct daq *daq = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &daq->readers, table);
	mutex_lock(&daq->reading);
	/* The end is read too. It wakes nobody: who waits for it looks now and then. */
	if (daq_is_readable(daq))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(daq->gone))
		events |= EPOLLHUP | EPOLLERR;
	mutex_unlock(&daq->reading);
	return events;
}

/* For whoever reads the cyclic buffer where it is: what there is to read, and that it has been read. */
static long daq_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	struct daq *daq = file->private_data;
	struct daq_window window = { .chunks = daq->cyclic_chunks, .chunk_size = daq->slot_size };
	long error;

	error = mutex_lock_interruptible(&daq->reading);
	if (error)
		return error;
	switch (request) {
	case DAQ_GET_WINDOW:
		window.first = daq->cyclic_taken;
		window.available = daq_available(daq);
		if (!window.available && READ_ONCE(daq->gone))
			error = -ENODEV;
		else
			window.ended = !window.available && daq_is_at_end(daq);
		if (!error && copy_to_user((void __user *)argument, &window, sizeof(window)))
			error = -EFAULT;
		break;
	case DAQ_TAKE:
		if (argument > daq_available(daq)) {
			error = -EINVAL;
			break;
		}
		daq->count.chunks_delivered += argument;
		/* As in daq_read_chunks(): whoever has mapped the buffer has read them. */
		smp_store_release(&daq->cyclic_taken, daq->cyclic_taken + (u32)argument);
		break;
	default:
		error = -ENOTTY;
	}
	mutex_unlock(&daq->reading);
	return error;
}

static int daq_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct daq *daq = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYWRITE);
	return remap_vmalloc_range(vma, daq->cyclic, vma->vm_pgoff);
}

static const struct file_operations daq_operations = {
	.owner = THIS_MODULE,
	.open = daq_open,
	.release = daq_release,
	.read = daq_read_chunks,
	.poll = daq_poll,
	.unlocked_ioctl = daq_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = daq_mmap,
};

#define DAQ_COUNTER(name)							\
static ssize_t name##_show(struct device *dev, struct device_attribute *attribute, char *text)	\
{										\
	struct daq *daq = dev_get_drvdata(dev);					\
										\
	return sysfs_emit(text, "%llu\n", READ_ONCE(daq->count.name));		\
}										\
static DEVICE_ATTR_RO(name)

/* Of the card, which counts for itself: as long as it is there. */
static ssize_t daq_show_card(struct device *dev, char *text, u32 reg, size_t before)
{
	struct daq *daq = dev_get_drvdata(dev);
	ssize_t length;
	u64 value;

	mutex_lock(&daq->reading);
	if (daq_try_read64(daq, reg, &value))
		length = sysfs_emit(text, "%llu\n", *(u64 *)((void *)daq + before) + value);
	else
		length = READ_ONCE(daq->gone) ? -ENODEV : -EIO;
	mutex_unlock(&daq->reading);
	return length;
}

#define DAQ_CARD_COUNTER(name, reg, before)					\
static ssize_t name##_show(struct device *dev, struct device_attribute *attribute, char *text)	\
{										\
	return daq_show_card(dev, text, reg, offsetof(struct daq, before));	\
}										\
static DEVICE_ATTR_RO(name)

DAQ_COUNTER(isrs);
DAQ_COUNTER(isr_register_reads);
DAQ_COUNTER(isrs_of_others);
DAQ_COUNTER(dpcs);
DAQ_COUNTER(empty_dpcs);
DAQ_COUNTER(chunks_copied);
DAQ_COUNTER(chunks_missing);
DAQ_COUNTER(chunks_refused);
DAQ_COUNTER(chunks_delivered);
DAQ_COUNTER(checksum_errors);
DAQ_COUNTER(torn_copies_discarded);
DAQ_COUNTER(resynchronisations);
DAQ_COUNTER(overruns_reported);
DAQ_COUNTER(errors_reported);
DAQ_COUNTER(chunks_abandoned);
DAQ_COUNTER(resets);
DAQ_COUNTER(longest_wait_ns);
DAQ_CARD_COUNTER(card_produced, DAQ_CHUNKS_PRODUCED, produced_before);
DAQ_CARD_COUNTER(card_written, DAQ_CHUNKS_WRITTEN, written_before);
DAQ_CARD_COUNTER(card_dropped, DAQ_CHUNKS_DROPPED, dropped_before);

static ssize_t failed_reads_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	struct daq *daq = dev_get_drvdata(dev);

	return sysfs_emit(text, "%lld\n", atomic64_read(&daq->failed_reads));
}
static DEVICE_ATTR_RO(failed_reads);

static ssize_t vectors_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	struct daq *daq = dev_get_drvdata(dev);

	return sysfs_emit(text, "%d\n", daq->vectors);
}
static DEVICE_ATTR_RO(vectors);

static struct attribute *daq_attrs[] = {
	&dev_attr_isrs.attr,
	&dev_attr_isr_register_reads.attr,
	&dev_attr_isrs_of_others.attr,
	&dev_attr_dpcs.attr,
	&dev_attr_empty_dpcs.attr,
	&dev_attr_chunks_copied.attr,
	&dev_attr_chunks_missing.attr,
	&dev_attr_chunks_refused.attr,
	&dev_attr_chunks_delivered.attr,
	&dev_attr_checksum_errors.attr,
	&dev_attr_torn_copies_discarded.attr,
	&dev_attr_resynchronisations.attr,
	&dev_attr_overruns_reported.attr,
	&dev_attr_errors_reported.attr,
	&dev_attr_failed_reads.attr,
	&dev_attr_chunks_abandoned.attr,
	&dev_attr_resets.attr,
	&dev_attr_longest_wait_ns.attr,
	&dev_attr_card_produced.attr,
	&dev_attr_card_written.attr,
	&dev_attr_card_dropped.attr,
	&dev_attr_vectors.attr,
	NULL,
};

static const struct attribute_group daq_group = { .name = "daq", .attrs = daq_attrs };

static const struct attribute_group *daq_groups[] = { &daq_group, NULL };

static void daq_give_number_back(void *context)
{
	struct daq *daq = context;

	ida_free(&daq_numbers, daq->number);
}

static int daq_request_interrupts(struct daq *daq)
{
	struct pci_dev *pdev = daq->pdev;
	unsigned int kind = !strcmp(interrupts, "intx") ? PCI_IRQ_INTX : !strcmp(interrupts, "msi") ? PCI_IRQ_MSI : PCI_IRQ_MSIX;
	int granted, number, cause, error;

	daq->on_line = kind == PCI_IRQ_INTX;
	granted = pci_alloc_irq_vectors(pdev, 1, per_cause ? DAQ_CAUSES : 1, kind);
	if (granted < 0)
		return dev_err_probe(&pdev->dev, granted, "interrupts=%s: card or machine grant none\n", interrupts);
	/* Of MSI the card tells apart a power of two; it folds causes to the vectors that it has. */
	daq->vectors = min(granted, DAQ_CAUSES);
	for (cause = 0; cause < DAQ_CAUSES; cause++)
		daq->vector[per_cause ? cause % granted : 0].causes |= BIT(cause);
	for (number = 0; number < daq->vectors; number++) {
		daq->vector[number].daq = daq;
		daq->vector[number].number = number;
		error = devm_request_threaded_irq(&pdev->dev, pci_irq_vector(pdev, number), daq_isr, threaded ? daq_thread : NULL,
						  daq->on_line ? IRQF_SHARED : 0, daq->name, &daq->vector[number]);
		if (error)
			return error;
	}
	return 0;
}

static int daq_check_parameters(struct device *dev)
{
	if (strcmp(interrupts, "msi-x") && strcmp(interrupts, "msi") && strcmp(interrupts, "intx"))
		return dev_err_probe(dev, -EINVAL, "interrupts=%s: expected msi-x, msi or intx\n", interrupts);
	if (rearm_policy > REARM_LEVEL)
		return dev_err_probe(dev, -EINVAL, "rearm_policy=%u: expected 0 to %u\n", rearm_policy, REARM_LEVEL);
	if (when_full > WHEN_FULL_HOLD_BACK)
		return dev_err_probe(dev, -EINVAL, "when_full=%u: expected 0 to %u\n", when_full, WHEN_FULL_HOLD_BACK);
	if (!cyclic_chunks || cyclic_chunks > MOST_CYCLIC_CHUNKS)
		return dev_err_probe(dev, -EINVAL, "cyclic_chunks=%u: expected 1 to %u\n", cyclic_chunks, MOST_CYCLIC_CHUNKS);
	return 0;
}

static int daq_allocate(struct daq *daq)
{
	struct device *dev = &daq->pdev->dev;
	u32 most_slots, chunk_size;

	if (!daq_try_read(daq, DAQ_MAX_SLOTS, &most_slots) || !daq_try_read(daq, DAQ_CHUNK_SIZE, &chunk_size))
		return dev_err_probe(dev, -EIO, "MAX_SLOTS or CHUNK_SIZE cannot be read\n");
	if (!most_slots || chunk_size > SZ_256M)
		return dev_err_probe(dev, -ENODEV, "MAX_SLOTS %u, CHUNK_SIZE %u: expected 1 slot at least, and %u bytes at the most\n",
				     most_slots, chunk_size, SZ_256M);
	daq->slot_size = ALIGN(sizeof(struct daq_chunk_header) + chunk_size, 4);
	/* In one piece, of which the kernel has none of any length. */
	for (daq->slots = clamp(ring_slots, 1u, most_slots); daq->slots; daq->slots /= 2) {
		daq->ring = dmam_alloc_coherent(dev, size_mul(daq->slots, daq->slot_size), &daq->ring_address, GFP_KERNEL | __GFP_NOWARN);
		if (daq->ring)
			break;
	}
	if (!daq->ring) {
		dev_err(dev, "no coherent memory for a slot of %u bytes\n", daq->slot_size);
		return -ENOMEM;
	}
	if (daq->slots < ring_slots)
		dev_warn(dev, "ring_slots=%u: %u of %u bytes are all that card and memory have\n", ring_slots, daq->slots, daq->slot_size);
	daq->cyclic_chunks = roundup_pow_of_two(cyclic_chunks);
	/* One more, for a chunk that finds no place. */
	daq->cyclic = vmalloc_user(size_mul((size_t)daq->cyclic_chunks + 1, daq->slot_size));
	if (!daq->cyclic) {
		dev_err(dev, "cyclic_chunks=%u of %u bytes are more than there is memory for\n", cyclic_chunks, daq->slot_size);
		return -ENOMEM;
	}
	return 0;
}

static int daq_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct daq *daq;
	u32 value;
	int error;

	error = daq_check_parameters(&pdev->dev);
	if (error)
		return error;
	daq = kzalloc(sizeof(*daq), GFP_KERNEL);
	if (!daq)
		return -ENOMEM;
	kref_init(&daq->uses);
	daq->pdev = pdev;
	daq->last_sequence = -1;
	spin_lock_init(&daq->isr_lock);
	mutex_init(&daq->dpc_lock);
	mutex_init(&daq->reading);
	init_waitqueue_head(&daq->readers);
	tasklet_setup(&daq->tasklet, daq_tasklet);
	pci_set_drvdata(pdev, daq);
	/* After everything else that is given back when the driver lets go of the card: the interrupts' handlers use it. */
	error = devm_add_action_or_reset(&pdev->dev, daq_put, daq);
	if (error)
		return error;
	daq->number = ida_alloc(&daq_numbers, GFP_KERNEL);
	if (daq->number < 0)
		return daq->number;
	error = devm_add_action_or_reset(&pdev->dev, daq_give_number_back, daq);
	if (error)
		return error;
	snprintf(daq->name, sizeof(daq->name), "daq%d", daq->number);

	error = pcim_enable_device(pdev);
	if (error)
		return error;
	error = pcim_iomap_regions(pdev, BIT(0), KBUILD_MODNAME);
	if (error)
		return error;
	daq->registers = pcim_iomap_table(pdev)[0];
	value = daq_read(daq, DAQ_ID);
	if (value != DAQ_ID_VALUE)
		return dev_err_probe(&pdev->dev, -ENODEV, "ID reads %#x: this is no data-acquisition card\n", value);
	error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (error)
		return error;
	error = daq_allocate(daq);
	if (error)
		return error;
	pci_set_master(pdev);
	daq_set_up(daq);
	error = daq_request_interrupts(daq);
	if (error)
		goto stop;
	daq_start(daq);
	daq->misc = (struct miscdevice) { .minor = MISC_DYNAMIC_MINOR, .name = daq->name, .fops = &daq_operations, .parent = &pdev->dev };
	error = misc_register(&daq->misc);
	if (error)
		goto stop;
	dev_info(&pdev->dev, "%s: %u slots of %u bytes, %d vectors of %s\n", daq->name, daq->slots, daq->slot_size, daq->vectors, interrupts);
	return 0;

stop:
	daq_stop(daq);
	pci_clear_master(pdev);
	return error;
}

static void daq_remove(struct pci_dev *pdev)
{
	struct daq *daq = pci_get_drvdata(pdev);

	misc_deregister(&daq->misc);
	/* Who has it open finds it gone, and touches it no more once the lock has been had. */
	WRITE_ONCE(daq->gone, true);
	wake_up_interruptible(&daq->readers);
	mutex_lock(&daq->reading);
	mutex_unlock(&daq->reading);
	daq_stop(daq);
	pci_clear_master(pdev);
}

/*
 * Somebody is about to reset the card: nothing of it runs any more, and its account is taken. Until it is done nobody reads its registers,
 * which may read as all ones meanwhile.
 */
static void daq_reset_prepare(struct pci_dev *pdev)
{
	struct daq *daq = pci_get_drvdata(pdev);
	u64 produced, written, dropped;

	mutex_lock(&daq->reading);
	daq_stop(daq);
	/* Of a card that is gone there is no account. */
	if (!daq_try_read64(daq, DAQ_CHUNKS_PRODUCED, &produced) || !daq_try_read64(daq, DAQ_CHUNKS_WRITTEN, &written) ||
	    !daq_try_read64(daq, DAQ_CHUNKS_DROPPED, &dropped))
		return;
	daq->count.chunks_abandoned += produced - (daq->last_sequence + 1);
	daq->produced_before += produced;
	daq->written_before += written;
	daq->dropped_before += dropped;
}

/* It has been: it begins its chunks anew, and so do we. */
static void daq_reset_done(struct pci_dev *pdev)
{
	struct daq *daq = pci_get_drvdata(pdev);
	u32 id;

	daq->count.resets++;
	daq->consumed = 0;
	daq->last_sequence = -1;
	daq->queued_at = 0;
	memset(daq->ring, 0, (size_t)daq->slots * daq->slot_size);
	/* It need not have come back, which the reader is told then. */
	if (daq_try_read(daq, DAQ_ID, &id)) {
		daq_set_up(daq);
		daq_start(daq);
		if (daq->openers)
			daq_write(daq, DAQ_SOURCE_CONTROL, DAQ_SOURCE_RUN);
	}
	mutex_unlock(&daq->reading);
}

static const struct pci_error_handlers daq_error_handlers = {
	.reset_prepare = daq_reset_prepare,
	.reset_done = daq_reset_done,
};

static const struct pci_device_id daq_ids[] = {
	{ PCI_DEVICE(PCIE_DAQ_VENDOR, PCIE_DAQ_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, daq_ids);

static struct pci_driver daq_driver = {
	.name = KBUILD_MODNAME,
	.id_table = daq_ids,
	.probe = daq_probe,
	.remove = daq_remove,
	.dev_groups = daq_groups,
	.err_handler = &daq_error_handlers,
};
module_pci_driver(daq_driver);

MODULE_DESCRIPTION("Data-acquisition card of the PCIe card emulator");
MODULE_LICENSE("Dual MIT/GPL");
