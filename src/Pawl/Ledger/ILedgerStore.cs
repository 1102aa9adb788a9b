namespace Pawl.Ledger;

/// <summary>Where the ledger is kept.</summary>
public interface ILedgerStore
{
    /// <summary>Reads the tree's frontier inside a transaction that writes.</summary>
    /// <exception cref="UnavailableException">What is stored is no frontier: the ledger is damaged.</exception>
    Frontier Frontier(ITransaction transaction);

    /// <summary>The completed receipt (<c>ok</c>) that holds a key; null where the key is free.</summary>
    Receipt? FindCompleted(ITransaction transaction, string key);

    /// <summary>
    /// Adds a receipt with the nodes it completes, and moves the frontier on. Fails where the ledger's size is not the receipt's number.
    /// </summary>
    /// <param name="transaction">The transaction, which the effect shares.</param>
    /// <param name="receipt">The receipt.</param>
    /// <param name="nodes">What <see cref="Ledger.Frontier.Append"/> returned for it.</param>
    /// <param name="frontier">The frontier with it.</param>
    /// <param name="body">The data that stands aside, as canonical JSON; null where none does.</param>
    void Append(ITransaction transaction, Receipt receipt, byte[] nodes, Frontier frontier, string? body);

    /// <summary>Keeps a signed checkpoint and the public key that verifies it. One that is there already is left as it is.</summary>
    void Keep(ITransaction transaction, long size, string note, LedgerSigner signer);

    /// <summary>Reads in one consistent view.</summary>
    /// <exception cref="UnavailableException">There is no such database, or it cannot be read now.</exception>
    T Read<T>(Func<ILedgerView, T> read);
}

/// <summary>One consistent view of the ledger.</summary>
public interface ILedgerView
{
    /// <summary>The size and the frontier as they are stored, whether or not they fit each other.</summary>
    (long Size, byte[] Peaks) Head();

    /// <summary>The receipts from a number on, in order, with their nodes as they are stored. They are read one by one.</summary>
    void Each(long from, Action<Receipt, byte[]> read);

    /// <summary>One receipt; null where there is none.</summary>
    Receipt? Find(long seq);

    /// <summary>The receipts of a name, oldest first.</summary>
    IReadOnlyList<Receipt> FindByRef(string reference);

    /// <summary>The newest receipts that fit, newest first.</summary>
    IReadOnlyList<Receipt> List(LedgerQuery query);

    /// <summary>The intents older than a moment that no result of the same key follows, oldest first.</summary>
    IReadOnlyList<Receipt> OpenIntents(DateTimeOffset before);

    /// <summary>The root of a whole subtree, as it is stored: of the leaves <c>index·2^level</c> to <c>(index+1)·2^level − 1</c>.</summary>
    byte[] Node(int level, long index);

    /// <summary>The data that stands aside under a digest; null where it is missing.</summary>
    string? Body(string digest);

    /// <summary>The digests of all data that stands aside, read one by one.</summary>
    void EachBody(Action<string> read);

    /// <summary>The checkpoints, the smallest first.</summary>
    IReadOnlyList<(long Size, string Note)> Checkpoints();

    /// <summary>The public keys that signed checkpoints of this ledger.</summary>
    IReadOnlyList<LedgerSigner> Signers();
}

/// <summary>Which receipts to list.</summary>
/// <param name="Subject">Only those on this.</param>
/// <param name="Tool">Only those of this tool.</param>
/// <param name="Contract">Only those under this contract.</param>
/// <param name="Limit">At most so many.</param>
public sealed record LedgerQuery(string? Subject = null, string? Tool = null, string? Contract = null, int Limit = 50);

/// <summary>Whoever signs checkpoints.</summary>
/// <param name="KeyId">SHA-256 of the public key (SubjectPublicKeyInfo), 64 hex digits.</param>
/// <param name="Name">The name in signature lines.</param>
/// <param name="PublicKey">The public key, PEM.</param>
public sealed record LedgerSigner(string KeyId, string Name, string PublicKey);
