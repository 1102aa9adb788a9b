namespace Pawl.Ledger;

/// <summary>Verifies checkpoints beside the pass over the receipts: each one at the moment when the tree has its size.</summary>
internal sealed class CheckpointVerifier
{
    private const int Page = 256;

    private readonly ILedgerView _view;
    private readonly LedgerWitnesses _witnesses;
    private readonly LedgerFindings _findings;
    private readonly Queue<Claim> _stored = new();
    private readonly Queue<Claim> _against;
    private readonly Dictionary<string, (LedgerSigner Signer, LedgerPublicKey Key)> _signers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Signer, bool IsOwn), long> _unnamed = [];
    private long _rows;
    private long _read;
    private string? _origin;

    public CheckpointVerifier(ILedgerView view, LedgerWitnesses witnesses, LedgerFindings findings)
    {
        (_view, _witnesses, _findings) = (view, witnesses, findings);
        _against = new Queue<Claim>(witnesses.Against.OrderBy(c => c.Size).Select(c => new Claim(c.Size, c, "The given checkpoint")));
    }

    public IReadOnlyList<LedgerSigner> Signers { get; private set; } = [];

    /// <summary>How many checkpoints hold.</summary>
    public long Holding { get; private set; }

    /// <summary>The size of the largest that holds.</summary>
    public long Covered { get; private set; }

    public void ReadSigners()
    {
        Signers = _view.Signers();
        foreach (var signer in Signers)
        {
            if (LedgerPublicKey.TryParse(signer.PublicKey, out var key) && key.Id == signer.KeyId && key.Pem == signer.PublicKey) _signers[key.Id] = (signer, key);
            else _findings.Add(LedgerFault.Checkpoint, null, $"The signer {signer.Name} was changed: its public key does not have the id {signer.KeyId}.");
        }
    }

    /// <summary>The tree has grown to a size.</summary>
    public void At(long size, Frontier frontier, string origin)
    {
        _origin ??= origin;
        byte[]? root = null;
        while (Next(_stored, size, stored: true) is { } claim) Check(claim, root ??= frontier.Root(), isStored: true);
        while (Next(_against, size, stored: false) is { } claim) Check(claim, root ??= frontier.Root(), isStored: false);
    }

    /// <summary>The receipts end here.</summary>
    public void Finish(long size, bool isWhole, long rows)
    {
        while (Next(_stored, long.MaxValue, stored: true) is { } claim) Beyond(claim, size, isWhole);
        while (Next(_against, long.MaxValue, stored: false) is { } claim) Beyond(claim, size, isWhole);
        if (_rows < rows) _findings.Add(LedgerFault.Checkpoint, null, $"{rows - _rows} checkpoints are kept under sizes that no ledger has.");
        Unnamed();
        foreach (var (signer, key) in _signers.Values)
        {
            if (isWhole && !_used.Contains(key.Id)) _findings.Add(LedgerFault.Checkpoint, null, $"The signer {signer.Name} ({key.Id[..16]}) signed no checkpoint that is kept.");
        }
    }

    private Claim? Next(Queue<Claim> claims, long size, bool stored)
    {
        if (claims.Count == 0 && stored) Fill();
        return claims.TryPeek(out var claim) && claim.Size <= size ? claims.Dequeue() : null;
    }

    private void Fill()
    {
        if (_read < 0) return;
        var page = _view.Checkpoints(_read, Page);
        foreach (var row in page)
        {
            Checkpoint? checkpoint = null;
            if (row.Note is not null && Checkpoint.TryParse(row.Note, out var parsed) && parsed.Size == row.Size && parsed.Signatures.Count == 1) checkpoint = parsed;
            _stored.Enqueue(new Claim(row.Size, checkpoint, "The checkpoint"));
        }

        _rows += page.Count;
        _read = page.Count < Page ? -1 : page[^1].Size + 1;
    }

    private void Check(Claim claim, byte[] root, bool isStored)
    {
        if (!IsAuthentic(claim, isStored)) return;
        if (!claim.Checkpoint!.Root.Span.SequenceEqual(root))
        {
            _findings.Add(LedgerFault.Rewritten, Covered, claim.Size == Covered + 1
                ? $"Receipt {Covered} is not the one that {Lower(claim)} of {claim.Size} receipts was signed for."
                : $"Among receipts {Covered} to {claim.Size - 1} are some that {Lower(claim)} of {claim.Size} receipts was not signed for: they were rewritten with their hashes.", claim.Size);
            return;
        }

        if (!claim.IsGenuine) return;
        Holding++;
        Covered = claim.Size;
    }

    private void Beyond(Claim claim, long size, bool isWhole)
    {
        if (!IsAuthentic(claim, isStored: claim.Name == "The checkpoint") || !isWhole || claim.Size <= size) return;
        _findings.Add(LedgerFault.TailCut, size, $"{claim.Name} of {claim.Size} receipts was signed; the ledger holds {size}: from receipt {size} on its end was cut off.");
    }

    private bool IsAuthentic(Claim claim, bool isStored)
    {
        if (claim.Checkpoint is not { } checkpoint || checkpoint.Size == 0)
            return Refuse(LedgerFault.Checkpoint, $"{claim.Name} of {claim.Size} receipts was changed: it is not the signed note that was kept under that size.");
        if (_origin is not null && checkpoint.Origin != _origin)
            return Refuse(LedgerFault.OtherLedger, $"{claim.Name} of {claim.Size} receipts is of another ledger, {checkpoint.Origin}; this one is {_origin}.");
        foreach (var (signer, key) in _signers.Values)
        {
            if (!checkpoint.Signatures.Any(s => s.Name == signer.Name && s.KeyId == key.LineId) || !checkpoint.IsSignedBy(key)) continue;
            if (isStored) _used.Add(key.Id);
            if (_witnesses.Trusted.Count == 0) return true;
        }

        if (_witnesses.Trusted.Any(checkpoint.IsSignedBy)) return true;
        var names = string.Join(", ", checkpoint.Signatures.Select(s => $"{s.Name} ({s.KeyId:x8})"));
        if (_witnesses.Trusted.Count > 0) return Refuse(LedgerFault.Checkpoint, $"{claim.Name} of {claim.Size} receipts is signed by {names}, not by a trusted key.");
        return IsEvidence(claim, checkpoint, names)
            || Refuse(LedgerFault.Checkpoint, $"{claim.Name} of {claim.Size} receipts, signed by {names}, has no signature that a signer of this ledger made.");
    }

    // Whoever cuts a ledger may take the signers with it. So a checkpoint of somebody whom the database does not name is compared all the same.
    private bool IsEvidence(Claim claim, Checkpoint checkpoint, string names)
    {
        var isOwn = _witnesses.Own is { } own && checkpoint.IsSignedBy(own);
        if (!isOwn && checkpoint.Signatures.Any(s => _signers.Values.Any(named => named.Key.LineId == s.KeyId) || _witnesses.Own?.LineId == s.KeyId)) return false;
        claim.IsGenuine = isOwn;
        _unnamed[(names, isOwn)] = _unnamed.GetValueOrDefault((names, isOwn)) + 1;
        return true;
    }

    private void Unnamed()
    {
        foreach (var ((names, isOwn), count) in _unnamed)
        {
            _findings.Add(LedgerFault.Checkpoint, null, $"The database does not name the signer {names} of {count} checkpoints"
                + (isOwn ? ", which this host's own key signed: the signer was removed." : ": whether the signature is genuine cannot be seen. Give the key with --trust."));
        }
    }

    private bool Refuse(LedgerFault fault, string message)
    {
        _findings.Add(fault, null, message);
        return false;
    }

    private static string Lower(Claim claim) => claim.Name.Replace("The", "the", StringComparison.Ordinal);

    private sealed record Claim(long Size, Checkpoint? Checkpoint, string Name)
    {
        public bool IsGenuine { get; set; } = true;
    }
}
