namespace Pawl.Experiments;

/// <summary>What a model that plans is given of time and length.</summary>
public sealed class ModelPlannerOptions
{
    /// <summary>How long one answer may take, with all that the client tries again by itself. Default: 60 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long both answers together may take. Default: 120 seconds.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>Tokens of one answer, those included that a model spends on thinking. Default: 16,384.</summary>
    public int MaxOutputTokens { get; set; } = 16_384;
}
