using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace Pawl.Ledger;

/// <summary>From outside: what the database itself cannot vouch for.</summary>
public sealed record LedgerWitnesses
{
    /// <summary>The only keys whose checkpoints count; empty for those that the database names.</summary>
    public IReadOnlyList<LedgerPublicKey> Trusted { get; init; } = [];

    /// <summary>Checkpoints from the second place.</summary>
    public IReadOnlyList<Checkpoint> Against { get; init; } = [];

    /// <summary>This host's own key: what it signed counts also where the database does not name it any more. Null where there is none.</summary>
    public LedgerPublicKey? Own { get; init; }
}

/// <summary>
/// Verifies a ledger in one pass over its rows: each leaf is hashed anew from its columns and compared with the stored one, each node, the
/// head, each checkpoint and all data that stands aside. Linear in time; memory does not grow with the ledger.
/// </summary>
public sealed class LedgerVerifier
{
    private const int PageRows = 512;

    private readonly ILedgerView _view;
    private readonly LedgerFindings _findings = new();
    private readonly CheckpointVerifier _checkpoints;
    private readonly ArrayBufferWriter<byte> _scratch = new(1024);
    private readonly Frontier _frontier = new();
    private long _rows;
    private long _next;
    private bool _isWhole = true;
    private string? _origin;

    private LedgerVerifier(ILedgerView view, LedgerWitnesses witnesses) =>
        (_view, _checkpoints) = (view, new CheckpointVerifier(view, witnesses, _findings));

    /// <summary>Verifies a ledger.</summary>
    /// <exception cref="UnavailableException">It cannot be read at all.</exception>
    public static LedgerReport Verify(ILedgerStore ledger, LedgerWitnesses? witnesses = null)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        return ledger.Read(view =>
        {
            try
            {
                return Verify(view, witnesses);
            }
            catch (LedgerDamagedException e)
            {
                throw new UnavailableException($"{e.Message} Restore the database from a backup.", e);
            }
        });
    }

    /// <summary>Verifies a view of a ledger.</summary>
    /// <exception cref="LedgerDamagedException">It cannot be read at all.</exception>
    public static LedgerReport Verify(ILedgerView view, LedgerWitnesses? witnesses = null) => new LedgerVerifier(view, witnesses ?? new LedgerWitnesses()).Run();

    private LedgerReport Run()
    {
        var rows = _view.Count(); // where not even this can be read, there is nothing to say about receipts
        try
        {
            _checkpoints.ReadSigners();
            Receipts();
            if (_rows < rows.Receipts) _findings.Add(LedgerFault.Inserted, null, $"{rows.Receipts - _rows} rows are numbered with nothing that a ledger numbers with.");
            Classify();
            Head();
            _checkpoints.Finish(_next, _isWhole, rows.Checkpoints);
            BodyVerifier.Verify(_view, _findings);
            _findings.PreferRows();
        }
        catch (LedgerDamagedException e)
        {
            _findings.Add(LedgerFault.Unreadable, _next, $"After {_next} receipts the database could not be read on: {e.Message}");
        }

        return new LedgerReport
        {
            Receipts = _rows,
            Root = _isWhole ? Convert.ToHexStringLower(_frontier.Root()) : null,
            Origin = _origin,
            Checkpoints = _checkpoints.Holding,
            Uncovered = Math.Max(0, _next - _checkpoints.Covered),
            Signers = _checkpoints.Signers,
            Findings = _findings.Sorted(),
            FindingCount = _findings.Count,
        };
    }

    private void Receipts()
    {
        while (true)
        {
            var page = _view.Page(_next, PageRows);
            var from = _next;
            foreach (var row in page)
            {
                _rows++;
                Receipt(row);
            }

            if (page.Count < PageRows || _next == from) return;
        }
    }

    private void Receipt(StoredReceipt row)
    {
        if (row.Seq is not { } seq || seq < _next)
        {
            _findings.Add(LedgerFault.Inserted, _next, $"Before receipt {_next} stands a row {(row.Seq is { } again ? $"numbered {again} again" : "without a number")}.");
            return;
        }

        if (seq > _next)
        {
            _findings.Add(LedgerFault.Missing, _next, seq == _next + 1 ? $"Receipt {_next} is missing." : $"Receipts {_next} to {seq - 1} are missing.");
            _isWhole = false; // what stands above cannot be computed without them
        }

        var leaf = Leaf(row, seq);
        _next = seq + 1;
        if (seq == 0) _origin = Checkpoint.OriginOf(leaf);
        if (!_isWhole) return;
        var nodes = _frontier.Append(leaf);
        Nodes(row, seq, nodes);
        _checkpoints.At(_next, _frontier, _origin!);
    }

    // The leaf to go on with: where it does not hold the stored one, so that one changed receipt is not found again in all nodes above it.
    private byte[] Leaf(StoredReceipt row, long seq)
    {
        var stored = row.Nodes is { Length: >= MerkleTree.HashBytes } nodes ? nodes[..MerkleTree.HashBytes] : null;
        if (row.Receipt is null)
        {
            _findings.Add(LedgerFault.Changed, seq, $"Receipt {seq} was changed: {row.Damage}.");
            return stored ?? new byte[MerkleTree.HashBytes];
        }

        var computed = ReceiptEntry.LeafHash(row.Receipt, _scratch);
        if (stored is null) _findings.Add(LedgerFault.Changed, seq, $"Receipt {seq} was changed: its row holds no hash.");
        else if (!computed.AsSpan().SequenceEqual(stored)) _findings.Add(LedgerFault.Changed, seq, $"Receipt {seq} was changed: its fields do not give the hash that its leaf has.");
        return stored ?? computed;
    }

    private void Nodes(StoredReceipt row, long seq, byte[] nodes)
    {
        if (row.Nodes is null || row.Nodes.AsSpan().SequenceEqual(nodes)) return;
        if (row.Nodes.Length != nodes.Length)
        {
            _findings.Add(LedgerFault.Tree, seq, $"Receipt {seq} was changed: its row holds {row.Nodes.Length} bytes of the tree instead of {nodes.Length}.");
            return;
        }

        var level = row.Nodes.AsSpan().CommonPrefixLength(nodes) / MerkleTree.HashBytes;
        _findings.Add(LedgerFault.Tree, seq, string.Create(
            CultureInfo.InvariantCulture, $"The node over receipts {seq + 1 - (1L << level)} to {seq}, which stands with receipt {seq}, is not what they give: the node, or one of them with its hash, was changed."));
    }

    private void Classify()
    {
        if (_findings.FirstRow is { Receipt: { } seq } first && RowClassifier.Explain(_view, seq, _next) is { } better)
            _findings.Replace(first, better with { Message = $"{better.Message} {first.Message}" });
    }

    private void Head()
    {
        long size;
        byte[] peaks;
        try
        {
            (size, peaks) = _view.Head();
        }
        catch (LedgerDamagedException e)
        {
            _findings.Add(LedgerFault.Tree, null, e.Message);
            return;
        }

        if (size > _next)
            _findings.Add(LedgerFault.TailCut, _next, $"The ledger's head counts {size} receipts; from {_next} on they are missing: its end was cut off.");
        else if (size < _next)
            _findings.Add(LedgerFault.Inserted, Math.Max(0, size), $"The ledger's head counts {size} receipts; those from {size} on were not appended by a ledger, or the head was changed.");
        else if (peaks.Length != BitOperations.PopCount((ulong)size) * MerkleTree.HashBytes || (_isWhole && !peaks.AsSpan().SequenceEqual(_frontier.ToBytes())))
            _findings.Add(LedgerFault.Tree, null, "The hashes in the ledger's head are not what the receipts give.");
    }
}
