namespace Pawl.Ledger;

/// <summary>
/// Tells what happened where a row does not hold: whether the receipt in it was appended under another number, and whether those after it
/// moved along.
/// </summary>
internal static class RowClassifier
{
    /// <summary>What happened at the first row that does not hold; null where it was changed, or that is all that can be said.</summary>
    public static LedgerFinding? Explain(ILedgerView view, long seq, long end)
    {
        var from = AppendedAs(view, view.Stored(seq), end);
        if (from is null) return Shift(view, seq + 1, end) == -1 ? Inserted(seq, 1) : null;

        var moved = from.Value - seq;
        var next = Shift(view, seq + 1, end);
        var allMoved = next == moved || (next is null && view.Stored(seq + 1) is null);
        if (moved > 0 && allMoved) return Missing(seq, moved);
        if (moved < 0 && allMoved) return IsCopy(view, seq, from.Value) ? Inserted(seq, -moved) : Inserted(from.Value, -moved);
        return new LedgerFinding(LedgerFault.Reordered, seq, $"Receipt {from} stands at the place of receipt {seq}: they were reordered.");
    }

    private static LedgerFinding Inserted(long seq, long count) => new(
        LedgerFault.Inserted, seq, $"{(count == 1 ? $"Receipt {seq} was" : $"Receipts {seq} to {seq + count - 1} were")} inserted: those after stand {count} further on than they were appended.");

    private static LedgerFinding Missing(long seq, long count) => new(
        LedgerFault.Missing, seq, $"{(count == 1 ? $"Receipt {seq} is" : $"Receipts {seq} to {seq + count - 1} are")} missing: those after were numbered anew.");

    private static bool IsCopy(ILedgerView view, long seq, long original) =>
        view.Stored(seq)?.Receipt is { } copy && view.Stored(original)?.Receipt is { } receipt && copy with { Seq = original } == receipt;

    // How far the receipt in a row stood from it when it was appended; null where it stood there, or nowhere.
    private static long? Shift(ILedgerView view, long seq, long end) => AppendedAs(view, view.Stored(seq), end) - seq;

    // A row moved with its hash, or its columns alone: then the hash of its right number stands in the row of that number.
    private static long? AppendedAs(ILedgerView view, StoredReceipt? row, long end)
    {
        if (row is not { Receipt: { } receipt, Nodes: { Length: >= MerkleTree.HashBytes } nodes, Seq: { } seq }) return null;
        var leaf = nodes[..MerkleTree.HashBytes];
        var scratch = new System.Buffers.ArrayBufferWriter<byte>(1024);
        if (Hash(seq).AsSpan().SequenceEqual(leaf)) return null;
        foreach (var near in new[] { seq + 1, seq - 1 })
        {
            if (near < 0) continue;
            var hash = Hash(near);
            if (hash.AsSpan().SequenceEqual(leaf)) return near;
            if (view.Stored(near)?.Nodes is { Length: >= MerkleTree.HashBytes } other && hash.AsSpan().SequenceEqual(other.AsSpan(0, MerkleTree.HashBytes))) return near;
        }

        for (var other = 0L; other <= end; other++)
        {
            if (Hash(other).AsSpan().SequenceEqual(leaf)) return other;
        }

        return null;

        byte[] Hash(long number) => ReceiptEntry.LeafHash(receipt with { Seq = number }, scratch);
    }
}
