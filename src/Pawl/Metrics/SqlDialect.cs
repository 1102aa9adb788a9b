using System.Data.Common;

namespace Pawl.Metrics;

/// <summary>What differs between the databases that the one generator writes for.</summary>
internal abstract class SqlDialect
{
    /// <summary>What is known of an exposed unit beside its name.</summary>
    protected static IReadOnlyList<string> UnitColumns { get; } = ["first_at", "arm", "single", "counted", "exposures", "fault"];

    /// <summary>An identifier as it can be compared between exposures and values.</summary>
    public abstract string Unit(string column);

    /// <summary>An instant as it can be compared with a bound one.</summary>
    public abstract string At(string column);

    /// <summary>A value as a number.</summary>
    public abstract string Number(string column);

    /// <summary>Whether the rows were checked when they were stored, so that no fault is looked for.</summary>
    public abstract bool IsChecked { get; }

    /// <summary>The <see cref="DataFault"/> of an instant, once it was brought to its form.</summary>
    public string InstantFault(string at) => IsChecked ? "0" : $"case when {at} is null then {(int)DataFault.NoInstant} else 0 end";

    /// <summary>The <see cref="DataFault"/> of a value and its instant, once both were brought to their form.</summary>
    public abstract string ValueFault(string at, string value);

    /// <summary>What to write after a subquery so that its columns are computed once for each row, and not wherever they are used.</summary>
    public virtual string Once => "";

    /// <summary>How it is best led from units to values.</summary>
    public abstract ValuePath Path { get; }

    /// <summary>The rows of a FROM: each unit with each of its values, or with nulls where it has none.</summary>
    /// <param name="units">A SELECT with the columns <see cref="UnitColumns"/>.</param>
    /// <param name="values">A SELECT of unit and the columns that the next one names.</param>
    /// <param name="columns">The columns of the values.</param>
    public virtual string WithValues(string units, string values, IReadOnlyList<string> columns) => $"({units}) u left join ({values}) v using (unit)";

    /// <summary>The smaller of two numbers.</summary>
    public abstract string Least(string a, string b);

    /// <summary>A scalar subquery: the value of rank ⌈@cap · n⌉ of a column over the counted rows of a table.</summary>
    public abstract string Percentile(string table, string column);

    /// <summary>An instant as a parameter.</summary>
    public abstract object Bound(DateTimeOffset instant);

    /// <summary>A length of time as a parameter that can be added to an instant.</summary>
    public abstract object Bound(TimeSpan length);

    /// <summary>Makes an open connection read-only, and lets its statements end soon after the limit or the token's cancellation.</summary>
    public abstract Task PrepareAsync(DbConnection connection, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>What a failure of the database means, or null where it is none of its own.</summary>
    public abstract MetricFault? FaultOf(Exception e);
}

/// <summary>What is wrong with a row; a statement returns the largest that it met.</summary>
internal enum DataFault
{
    None = 0,
    NotANumber = 1,
    NotFinite = 2,
    NoInstant = 3,
}
