namespace Pawl.Ledger;

/// <summary>Where the ledger is kept.</summary>
public interface ILedgerStore
{
    /// <summary>Reads the tree's frontier inside a transaction that writes.</summary>
    /// <exception cref="UnavailableException">What is stored is no frontier: the ledger is damaged.</exception>
    Frontier Frontier(ITransaction transaction);

    /// <summary>The completed receipt (<c>ok</c>) that holds a key; null where the key is free.</summary>
    Receipt? FindCompleted(ITransaction transaction, string key);

    /// <summary>Both <see cref="FindCompleted"/> and <see cref="Frontier"/>, for the price of one: what every append asks.</summary>
    (Receipt? Completed, Frontier Frontier) Next(ITransaction transaction, string key);

    /// <summary>
    /// Adds a receipt with the nodes it completes, and moves the frontier on. Fails where the ledger's size is not the receipt's number.
    /// </summary>
    /// <param name="transaction">The transaction, which the effect shares.</param>
    /// <param name="receipt">The receipt.</param>
    /// <param name="nodes">What <see cref="Ledger.Frontier.Append"/> returned for it.</param>
    /// <param name="frontier">The frontier with it.</param>
    /// <param name="body">The data that stands aside, as canonical JSON; null where none does.</param>
    void Append(ITransaction transaction, Receipt receipt, byte[] nodes, Frontier frontier, string? body);

    /// <summary>Keeps a signed checkpoint, and the public key that verifies it. One of that size that is there already is left as it is.</summary>
    /// <returns>Whether it was kept.</returns>
    bool Keep(ITransaction transaction, long size, string note, LedgerSigner signer);

    /// <summary>The ledger as a transaction that writes sees it.</summary>
    ILedgerView View(ITransaction transaction);

    /// <summary>Reads in one consistent view.</summary>
    /// <exception cref="UnavailableException">There is no such database, it cannot be read now, or the ledger is damaged where it was read.</exception>
    T Read<T>(Func<ILedgerView, T> read);
}

/// <summary>
/// One consistent view of the ledger. What is asked for one receipt throws <see cref="LedgerDamagedException"/> where the stored thing is
/// nothing that a ledger writes; what is made for verifying gives it with the reason.
/// </summary>
public interface ILedgerView
{
    /// <summary>The size and the frontier as they are stored, whether or not they fit each other.</summary>
    (long Size, byte[] Peaks) Head();

    /// <summary>How many rows there are of receipts and of checkpoints, whatever they hold.</summary>
    (long Receipts, long Checkpoints) Count();

    /// <summary>The rows numbered from a number on, in order. A row whose number is none may stand among them.</summary>
    IReadOnlyList<StoredReceipt> Page(long from, int limit);

    /// <summary>One row; null where there is none.</summary>
    StoredReceipt? Stored(long seq);

    /// <summary>One receipt; null where there is none.</summary>
    Receipt? Find(long seq);

    /// <summary>The receipts of a name, oldest first, at most 1,000.</summary>
    IReadOnlyList<Receipt> FindByRef(string reference);

    /// <summary>The newest receipts that fit, newest first.</summary>
    IReadOnlyList<Receipt> List(LedgerQuery query);

    /// <summary>
    /// The intents older than a moment that nothing of the same key follows, oldest first: no result, and no younger intent, which is a new try
    /// of the same thing and stands for all before it.
    /// </summary>
    /// <param name="before">The moment.</param>
    /// <param name="after">Only those with a greater number; −1 for all.</param>
    /// <param name="limit">At most so many.</param>
    IReadOnlyList<Receipt> OpenIntents(DateTimeOffset before, long after, int limit);

    /// <summary>Whether nothing of the same key follows an intent, and nothing completed the key before.</summary>
    bool IsOpen(Receipt intent);

    /// <summary>The root of a whole subtree, as it is stored: of the leaves <c>index·2^level</c> to <c>(index+1)·2^level − 1</c>.</summary>
    byte[] Node(int level, long index);

    /// <summary>The data that stands aside under a digest; null where it is missing.</summary>
    string? Body(string digest);

    /// <summary>All data that stands aside, read one by one. Nothing else may be asked meanwhile.</summary>
    void EachBody(Action<StoredBody> read);

    /// <summary>The first receipt whose data stands aside, and is not there; null where all is there.</summary>
    long? FirstWithoutBody();

    /// <summary>The first receipt whose data stands aside under a digest; null where there is none.</summary>
    long? FirstWithBody(string digest);

    /// <summary>A digest under which data stands aside that belongs to no receipt; null where there is none.</summary>
    string? BodyWithoutReceipt();

    /// <summary>The checkpoints of at least a size, the smallest first.</summary>
    IReadOnlyList<StoredCheckpoint> Checkpoints(long from, int limit);

    /// <summary>The largest checkpoint; null where there is none.</summary>
    StoredCheckpoint? LastCheckpoint();

    /// <summary>The public keys that signed checkpoints of this ledger. What cannot be read of one is empty.</summary>
    IReadOnlyList<LedgerSigner> Signers();
}

/// <summary>A receipt's row as it is stored.</summary>
/// <param name="Seq">Its number; null where the number is none.</param>
/// <param name="Receipt">The receipt; null where the row holds none.</param>
/// <param name="Nodes">The nodes of the tree that it completes, 32 bytes each; null where they cannot be read.</param>
/// <param name="Damage">Why the row holds no receipt; null where it does.</param>
public sealed record StoredReceipt(long? Seq, Receipt? Receipt, byte[]? Nodes, string? Damage);

/// <summary>Data that stands aside, as it is stored.</summary>
/// <param name="Digest">Its digest; null where that is no text.</param>
/// <param name="Body">The data as canonical JSON; null where it is no text.</param>
public readonly record struct StoredBody(string? Digest, string? Body);

/// <summary>A checkpoint as it is stored.</summary>
/// <param name="Size">The size it was kept under.</param>
/// <param name="Note">The signed note; null where it is no text.</param>
public sealed record StoredCheckpoint(long Size, string? Note);

/// <summary>Something in the ledger's tables is nothing that a ledger writes. The message says what and where.</summary>
public sealed class LedgerDamagedException : Exception
{
    /// <summary>Creates it with its complete message.</summary>
    public LedgerDamagedException(string message) : base(message)
    {
    }

    /// <summary>Creates it with its complete message and what caused it.</summary>
    public LedgerDamagedException(string message, Exception inner) : base(message, inner)
    {
    }
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
